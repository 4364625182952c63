/** What workers do with their time: computing, or waiting for others (OSDI'14 figure 10, live). */
import type { ClusterView, SlotView } from "../../observe/index.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { type Line, padEnd, padStart, span } from "../text/styled.ts";
import { count, duration, share } from "../text/units.ts";
import { matches, nodeTone, type PanelContent, type PanelInput, windowOf } from "./panel.ts";
import { slotLook, slotTrouble } from "./states.ts";

export function workersPanel(input: PanelInput): PanelContent {
  const { view, width, height, glyphs, scroll, isZoomed } = input;
  const slots = slowestFirst(input);
  if (slots.length === 0) {
    const waiting = view.nodes.filter(({ role }) => role === "worker").length;
    return { note: [], lines: [[span(`no job yet: ${waiting} workers wait for one`, "dim")]] };
  }
  const { shown, hidden } = windowOf(slots, height - 1, scroll);
  const note: Line = [
    span(`${glyphs.full} busy `, "good"),
    span(`${waitGlyph(glyphs)} waiting`, "warn"),
    ...(hidden > 0 ? [span(`, ${hidden} hidden`, "warn")] : []),
  ];
  const extra = isZoomed
    ? `${isNarrow(width) ? "" : padStart("since", 12)}${padStart("computed", 12)}${padStart("waited", 14)}`
    : "";
  const head: Line = [
    span(
      padEnd(
        `  worker       state       tasks  now${" ".repeat(barColumns(width, isZoomed) - 2)}busy  wait${extra}`,
        width,
      ),
      "dim",
    ),
  ];
  return { note, lines: [head, ...shown.map((slot) => workerLine(slot, view, { width, glyphs, isZoomed }))] };
}

/** Those in trouble, then those that compute most: the others wait for them. */
function slowestFirst({ view, filter, isByName }: PanelInput): readonly SlotView[] {
  return view.slots
    .filter(({ worker, slot, state }) => matches(filter, worker ?? "nobody", `slot ${slot}`, state))
    .sort((a, b) => {
      if (isByName) return a.slot - b.slot;
      const isTrouble = (slot: SlotView): number =>
        slotTrouble(slot.state) >= 5 ? slotTrouble(slot.state) : 0;
      return isTrouble(b) - isTrouble(a) || b.lag - a.lag || b.busyShare - a.busyShare || a.slot - b.slot;
    });
}

function waitGlyph(glyphs: Glyphs): string {
  return glyphs.isAscii ? "-" : "▒";
}

/** Of the whole screen: since when is left out. */
function isNarrow(width: number): boolean {
  return width < 92;
}

function barColumns(width: number, isZoomed: boolean): number {
  return Math.max(6, Math.min(40, width - 48 - (isZoomed ? (isNarrow(width) ? 26 : 38) : 0)));
}

interface WorkerLineOptions {
  readonly width: number;
  readonly glyphs: Glyphs;
  readonly isZoomed: boolean;
}

function workerLine(slot: SlotView, view: ClusterView, { width, glyphs, isZoomed }: WorkerLineOptions): Line {
  const { sign, tone } = slotLook(slot.state, glyphs);
  const room = barColumns(width, isZoomed);
  const sinceMicros = Math.max(0, view.atMicros - slot.since);
  const busy = Math.round(slot.busyShare * room);
  const waiting = Math.min(room - busy, Math.round(slot.waitShare * room));
  return [
    span(`${sign} `, tone),
    span(
      padEnd(slot.worker ?? `slot ${slot.slot}`, 12),
      slot.worker === null ? "warn" : nodeTone(slot.worker),
    ),
    span(padEnd(slot.state, 11), tone),
    span(padStart(count(slot.finished), 6)),
    span("  "),
    span(glyphs.full.repeat(busy), "good"),
    span(waitGlyph(glyphs).repeat(waiting), "warn"),
    span(glyphs.empty.repeat(Math.max(0, room - busy - waiting)), "faint"),
    span(padStart(share(slot.busyShare), 7)),
    span(padStart(share(slot.waitShare), 6), "dim"),
    ...(isZoomed
      ? [
          ...(isNarrow(width) ? [] : [span(padStart(duration(sinceMicros, glyphs.micro), 12), "dim")]),
          span(padStart(duration(slot.busyMicros, glyphs.micro), 12), "dim"),
          span(padStart(duration(slot.waitMicros, glyphs.micro), 14), "dim"),
        ]
      : []),
  ];
}
