/** What every worker's clock says, how far it may run ahead, and who holds whom back. */
import type { ClusterView, Consistency, SlotView } from "../../observe/index.ts";
import { bar } from "../text/charts.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { bold, type Line, padEnd, padStart, span, widthOf } from "../text/styled.ts";
import { duration } from "../text/units.ts";
import { matches, nodeTone, type PanelContent, type PanelInput, windowOf } from "./panel.ts";
import { slotLook } from "./states.ts";

export function clocksPanel(input: PanelInput): PanelContent {
  const { view, width, height, glyphs, scroll } = input;
  const slots = slotsBehindFirst(input);
  if (slots.length === 0) return { note: [], lines: [[span("no job yet: nobody has a clock", "dim")]] };
  const head: Line = [span(padEnd("  worker       clock  lag  progress", width), "dim")];
  const chain = chainLines(explained(slots), view, glyphs);
  const hasRoom = chain.length > 1 && height - 1 - slots.length > chain.length;
  const { shown, hidden } = windowOf(slots, height - 1, scroll);
  const note: Line = [
    span(consistencyText(view.header.consistency, glyphs), "dim"),
    ...(hidden > 0 ? [span(`, ${hidden} hidden`, "warn")] : []),
  ];
  const rows = [head, ...shown.map((slot) => slotLine(slot, view, width, glyphs))];
  return { note, lines: hasRoom ? [...rows, [], ...chain] : rows };
}

/** Those that hold the others back come first. */
export function slotsBehindFirst({ view, filter, isByName }: PanelInput): readonly SlotView[] {
  return view.slots
    .filter(({ worker, slot }) => matches(filter, worker ?? "nobody", `slot ${slot}`))
    .sort(
      (a, b) => (isByName ? 0 : b.lag - a.lag || Number(isHeld(a)) - Number(isHeld(b))) || a.slot - b.slot,
    );
}

/** It waits for another slot, so that it is not to blame. */
function isHeld({ waitsFor }: SlotView): boolean {
  return waitsFor !== null && waitsFor.slotCount > 0;
}

export function consistencyText(consistency: Consistency | null, glyphs: Glyphs): string {
  if (consistency === null) return "no job yet";
  switch (consistency.kind) {
    case "sequential":
      return `sequential (${glyphs.tau} = 0)`;
    case "bounded":
      return `bounded delay, ${glyphs.tau} = ${consistency.tau}`;
    case "eventual":
      return "eventual (no bound)";
  }
}

/** How far ahead the newest task is at most, as a scale for bars. */
function reach(view: ClusterView): number {
  const newest = view.header.newestTask?.time ?? 0;
  return Math.max(1, newest - view.header.frontier + 1, ...view.slots.map(({ lag }) => lag + 1));
}

function slotLine(slot: SlotView, view: ClusterView, width: number, glyphs: Glyphs): Line {
  const { sign, tone } = slotLook(slot.state, glyphs);
  const name = slot.worker ?? `slot ${slot.slot}: nobody`;
  const barWidth = width >= 54 ? 8 : 4;
  const done = 1 - slot.lag / reach(view);
  return [
    span(`${sign} `, tone),
    span(padEnd(name, 11), slot.worker === null ? "warn" : nodeTone(slot.worker)),
    span(padStart(slot.clock < 0 ? glyphs.dash : String(slot.clock), 6)),
    slot.lag > 0 ? bold(padStart(String(slot.lag), 5), "warn") : span(padStart("0", 5), "dim"),
    span("  "),
    ...bar(done, barWidth, glyphs, slot.lag > 0 ? "warn" : "good"),
    span(" "),
    ...shortReason(slot, view, width - 27 - barWidth, glyphs),
  ];
}

/** What it is doing, or what it waits for, in as many columns as there are. */
function shortReason(slot: SlotView, view: ClusterView, width: number, glyphs: Glyphs): Line {
  const whole = reasonSpans(slot, view, glyphs);
  const { waitsFor } = slot;
  if (waitsFor === null || widthOf(whole) <= width) return whole;
  const task = waitsFor.time === null ? "" : ` task ${waitsFor.time}`;
  const who = waitsFor.nodes[0] ?? (waitsFor.edge.kind === "compute" ? "itself" : waitsFor.edge.kind);
  const others = waitsFor.nodes.length > 1 ? `+${waitsFor.nodes.length - 1}` : "";
  const line: Line = [span("on ", "warn"), span(`${who}${others}`, nodeTone(who)), span(task, "dim")];
  return widthOf(line) <= width ? line : line.slice(0, 2);
}

/** What it is doing, or what it waits for. */
function reasonSpans(slot: SlotView, view: ClusterView, glyphs: Glyphs): Line {
  const { waitsFor } = slot;
  if (waitsFor === null) return [span(slot.state, "dim")];
  const since = duration(Math.max(0, view.atMicros - waitsFor.since), glyphs.micro);
  return [span("waits ", "warn"), span(`${since} for `, "dim"), span(waitsFor.text)];
}

/** From one that is held back to what is at the bottom of it. */
export function chainLines(from: SlotView, view: ClusterView, glyphs: Glyphs): readonly Line[] {
  const lines: Line[] = [];
  const seen = new Set<number>();
  let slot: SlotView | undefined = from;
  while (slot !== undefined && !seen.has(slot.slot) && lines.length < 4) {
    seen.add(slot.slot);
    const name = slot.worker ?? `slot ${slot.slot}`;
    const lead =
      lines.length === 0 ? "why: " : `${"  ".repeat(lines.length)}${glyphs.isAscii ? "`- " : "└─ "}`;
    lines.push([
      span(lead, "dim"),
      bold(name, nodeTone(name)),
      span(" "),
      ...reasonSpans(slot, view, glyphs),
    ]);
    const next: number | undefined = slot.waitsFor?.slots[0];
    slot = next === undefined ? undefined : view.slots.find((candidate) => candidate.slot === next);
  }
  return lines;
}

/** Whose waiting is explained: that of the one that waits longest for another; else the one furthest behind. */
export function explained(slots: readonly SlotView[]): SlotView {
  const held = slots.filter(isHeld);
  if (held.length === 0) return slots[0];
  return held.reduce((a, b) => ((b.waitsFor?.since ?? 0) < (a.waitsFor?.since ?? 0) ? b : a));
}
