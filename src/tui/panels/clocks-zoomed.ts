/** Each worker's clock at each server, and the chain of those that hold one of them back. */
import type { ClusterView, NodeView, SlotView } from "../../observe/index.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { bold, type Line, padEnd, padStart, span, type Span, type Tone, wrapped } from "../text/styled.ts";
import { chainLines, clocksPanel, consistencyText, explained, slotsBehindFirst } from "./clocks.ts";
import { nodeTone, numberOf, type PanelContent, type PanelInput, shortName, windowOf } from "./panel.ts";
import { slotLook } from "./states.ts";

const nameColumns = 13;
const numbersColumns = 14;

export function zoomedClocks(input: PanelInput): PanelContent {
  const { view, width, height, glyphs, scroll } = input;
  const slots = slotsBehindFirst(input);
  if (slots.length === 0) return clocksPanel(input);
  const servers = view.nodes
    .filter(({ role, state }) => role === "server" && state !== "lost" && state !== "stopped")
    .sort((a, b) => numberOf(a.node) - numberOf(b.node));
  const room = width - nameColumns - numbersColumns;
  const cellColumns = servers.length * 6 <= room ? 6 : 1;
  const shownServers = servers.slice(0, Math.floor(room / cellColumns));
  const chain = chainLines(explained(slots), view, glyphs).flatMap((line) => wrapped(line, width, 5));
  const legend = cellColumns === 1 ? [heatLegend(glyphs)] : [];
  const rowCount = Math.max(1, height - 1 - chain.length - legend.length - 1);
  const { shown, hidden } = windowOf(slots, rowCount, scroll);
  const note: Line = [
    span(consistencyText(view.header.consistency, glyphs), "dim"),
    ...(hidden > 0 ? [span(`, ${hidden} workers hidden`, "warn")] : []),
    ...(shownServers.length < servers.length
      ? [span(`, ${servers.length - shownServers.length} servers hidden`, "warn")]
      : []),
  ];
  const rows = shown.map((slot) => matrixLine(slot, shownServers, view, { cellColumns, glyphs }));
  const blank: Line[] = Array.from({ length: Math.max(0, rowCount - rows.length) }, () => []);
  return { note, lines: [headLine(shownServers, cellColumns), ...rows, ...blank, ...legend, [], ...chain] };
}

function headLine(servers: readonly NodeView[], cellColumns: number): Line {
  const head: Span[] = [span(padEnd("  worker", nameColumns), "dim"), span("  clock   lag ", "dim")];
  if (cellColumns === 1) return [...head, span(" one column for each server", "dim")];
  for (const { node } of servers) head.push(span(padStart(shortName(node), cellColumns), nodeTone(node)));
  return head;
}

interface MatrixOptions {
  readonly cellColumns: number;
  readonly glyphs: Glyphs;
}

function matrixLine(
  slot: SlotView,
  servers: readonly NodeView[],
  view: ClusterView,
  { cellColumns, glyphs }: MatrixOptions,
): Line {
  const { sign, tone } = slotLook(slot.state, glyphs);
  const line: Span[] = [
    span(`${sign} `, tone),
    span(
      padEnd(slot.worker ?? `slot ${slot.slot}`, nameColumns - 2),
      slot.worker === null ? "warn" : nodeTone(slot.worker),
    ),
    span(padStart(slot.clock < 0 ? glyphs.dash : String(slot.clock), 7)),
    slot.lag > 0 ? bold(padStart(String(slot.lag), 6), "warn") : span(padStart("0", 6), "dim"),
    span(" "),
  ];
  const newest = view.header.newestTask?.time ?? 0;
  for (const { clocks } of servers) {
    const clock = clocks[slot.slot] ?? -1;
    const behind = newest - clock;
    const cellTone = lagTone(behind, view);
    if (cellColumns === 1) line.push(span(clock < 0 ? " " : heat(behind, glyphs), cellTone));
    else line.push(span(padStart(clock < 0 ? glyphs.dash : String(clock), cellColumns), cellTone));
  }
  return line;
}

/** Within the bound, at it, or beyond what it explains. */
function lagTone(behind: number, view: ClusterView): Tone {
  const consistency = view.header.consistency;
  const bound = consistency?.kind === "bounded" ? consistency.tau : 1;
  if (behind <= bound) return "good";
  return behind <= 2 * bound + 2 ? "warn" : "bad";
}

/** The further behind, the lower. */
function heat(behind: number, glyphs: Glyphs): string {
  const last = glyphs.levels.length - 1;
  return glyphs.levels[Math.max(0, last - Math.min(last, Math.max(0, behind)))];
}

function heatLegend(glyphs: Glyphs): Line {
  const last = glyphs.levels.length - 1;
  return [
    span(
      `${glyphs.levels[last]} pushed the newest task here   ${glyphs.levels[0]} is ${last} or more tasks behind`,
      "dim",
    ),
  ];
}
