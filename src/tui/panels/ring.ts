/** Who owns which part of the ring, who has copies, and how much each server does. */
import type { ClusterView, NodeView, SegmentView } from "../../observe/index.ts";
import { bar } from "../text/charts.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { bold, type Line, padEnd, padStart, span, type Span, widthOf } from "../text/styled.ts";
import { momentIn } from "../text/moments.ts";
import { count, duration, share } from "../text/units.ts";
import {
  matches,
  nodeTone,
  numberOf,
  type PanelContent,
  type PanelInput,
  shortName,
  windowOf,
} from "./panel.ts";
import { nodeLook, nodeTrouble } from "./states.ts";

const ringSize = 2 ** 32;

export function ringPanel(input: PanelInput): PanelContent {
  const { view, width, height, glyphs, scroll } = input;
  const servers = serversOf(input);
  const { segments, moves } = view.ring;
  if (segments.length === 0 && servers.length === 0) {
    return { note: [], lines: [[span("no view of the ring was published yet", "dim")]] };
  }
  const tail = failoverLines(view, width);
  const moving: readonly Line[] = moves.length === 0 ? [] : [movesLine(view, width)];
  const head = [strip(view.ring.segments, width, input.marked), tableHead(width)];
  const { shown, hidden } = windowOf(servers, height - head.length - tail.length - moving.length, scroll);
  const rows = shown.map((server) => serverLine(server, view, width, glyphs));
  const blank = Math.max(0, height - head.length - rows.length - tail.length - moving.length);
  const note = [
    span(`${servers.length} servers, ${segments.length} segments`, "dim"),
    ...(hidden > 0 ? [span(`, ${hidden} hidden`, "warn")] : []),
  ];
  return { note, lines: [...head, ...rows, ...Array.from({ length: blank }, () => []), ...moving, ...tail] };
}

/** Of each server what is shown of it: the worst first, then those that do most. */
function serversOf({ view, filter, isByName }: PanelInput): readonly NodeView[] {
  const load = loadsOf(view.ring.segments);
  return view.nodes
    .filter(({ role, node }) => role === "server" && matches(filter, node))
    .sort((a, b) => {
      if (isByName) return numberOf(a.node) - numberOf(b.node);
      const worse = nodeTrouble(b.state) - nodeTrouble(a.state);
      const busier = (load.get(b.node) ?? 0) - (load.get(a.node) ?? 0);
      return worse || busier || numberOf(a.node) - numberOf(b.node);
    });
}

function loadsOf(segments: readonly SegmentView[]): ReadonlyMap<string, number> {
  const loads = new Map<string, number>();
  for (const { holders, loadShare } of segments) {
    loads.set(holders[0], (loads.get(holders[0]) ?? 0) + loadShare);
  }
  return loads;
}

/** Part of the ring that a server masters. */
function owned(segments: readonly SegmentView[], server: string): number {
  let sum = 0;
  for (const { holders, begin, end } of segments) if (holders[0] === server) sum += end - begin;
  return sum / ringSize;
}

/** The ring unrolled: in each column the number of the server that masters it. */
function strip(segments: readonly SegmentView[], width: number, marked: number | undefined): Line {
  const spans: Span[] = [];
  let index = 0;
  let previous = -1;
  for (let column = 0; column < width; column++) {
    const middle = ((column + 0.5) / width) * ringSize;
    while (index < segments.length - 1 && segments[index].end <= middle) index += 1;
    const segment = segments[index];
    if (segment === undefined) return [];
    const number = String(numberOf(segment.holders[0]));
    const letter = index === previous ? " " : number[number.length - 1];
    previous = index;
    const isMarked = segment.begin === marked;
    spans.push({ text: letter, tone: nodeTone(segment.holders[0]), isInverse: true, isBold: isMarked });
  }
  return spans;
}

/** Columns of the table of servers: a narrow panel has the first ones only. */
const wideColumns = 50;

function tableHead(width: number): Line {
  const narrow = `  ${padEnd("server", 11)}${padStart("load", 6)}`;
  if (width < wideColumns) return [span(narrow, "dim")];
  const more = `${" ".repeat(9)}${padStart("masters", 8)}${padStart("copies", 7)}${padStart("asked", 8)}`;
  return [span(`  ${padEnd("server", 11)}${padStart("owns", 6)}${padStart("load", 6)}${more}`, "dim")];
}

function serverLine(server: NodeView, view: ClusterView, width: number, glyphs: Glyphs): Line {
  const { sign, tone } = nodeLook(server.state, glyphs);
  const load = loadsOf(view.ring.segments).get(server.node) ?? 0;
  const isWide = width >= wideColumns;
  const head: Line = [
    span(`${sign} `, tone),
    span(padEnd(server.node, 11), nodeTone(server.node)),
    ...(isWide ? [span(padStart(share(owned(view.ring.segments, server.node)), 6))] : []),
    span(padStart(share(load), 6)),
    span(" "),
    ...bar(load, isWide ? 8 : 5, glyphs, nodeTone(server.node)),
  ];
  if (server.state !== "alive" && server.state !== "unknown") {
    const since = duration(Math.max(0, view.atMicros - server.stateSince), glyphs.micro);
    return [...head, bold(` ${server.state}`, tone), ...(isWide ? [span(` for ${since}`, tone)] : [])];
  }
  if (server.filling > 0)
    return [...head, span(isWide ? ` fills ${server.filling} segments` : ` +${server.filling}`, "warn")];
  if (!isWide) return head;
  return [
    ...head,
    span(padStart(String(server.mastered), 8)),
    span(padStart(String(server.replicated), 7), "dim"),
    span(padStart(`${count(server.pushesPerSecond + server.pullsPerSecond)}/s`, 8), "dim"),
  ];
}

function movesLine({ ring: { moves } }: ClusterView, width: number): Line {
  const [first] = moves;
  const done = first.doneShare === null ? "" : `, ${share(first.doneShare)} done`;
  const others = moves.length > 1 ? ` and ${moves.length - 1} more` : "";
  const line: Line = [span("moving: ", "warn"), span(`${first.from} to ${first.to}${done}${others}`)];
  if (widthOf(line) <= width) return line;
  return [
    span(`moving ${moves.length}: `, "warn"),
    span(`${shortName(first.from)} to ${shortName(first.to)}`),
  ];
}

/** The last loss: when it was, and how long the cluster did without. In two lines where one is too short. */
export function failoverLines(view: ClusterView, width: number): readonly Line[] {
  const last = view.ring.failovers.at(-1);
  if (last === undefined) return [];
  const { node, lostAt, tookMicros, successors } = last;
  const ago = duration(Math.max(0, view.atMicros - lostAt));
  const what: Line = [
    span("last failover: ", "dim"),
    span(node, nodeTone(node)),
    span(` lost at ${momentIn(view, lostAt)}`),
    span(`, ${ago} ago`, "dim"),
  ];
  const others = successors.length > 3 ? ` and ${successors.length - 3} more` : "";
  const heirs = `${successors.slice(0, 3).join(", ")}${others}`;
  const how: Line =
    tookMicros === null
      ? [span("not taken over yet", "warn")]
      : [
          span("took "),
          bold(duration(tookMicros)),
          ...(successors.length === 0 ? [] : [span(`, by ${heirs}`, "dim")]),
        ];
  const one: Line = [...what, span(", "), ...how];
  if (widthOf(one) <= width) return [one];
  const short: Line = [
    span("failover: ", "dim"),
    span(node, nodeTone(node)),
    span(` at ${momentIn(view, lostAt)}`),
  ];
  return [widthOf(what) <= width ? what : short, [span("  "), ...how]];
}
