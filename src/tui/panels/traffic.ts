/** Where the bytes go, and what the filters saved of them (OSDI'14 section 3.6). */
import type { ClusterView, NodeView } from "../../observe/index.ts";
import { bar, sparkline } from "../text/charts.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { bold, type Line, padEnd, padStart, span } from "../text/styled.ts";
import { bytes, count, share } from "../text/units.ts";
import { matches, nodeTone, numberOf, type PanelContent, type PanelInput, windowOf } from "./panel.ts";

export function trafficPanel(input: PanelInput): PanelContent {
  const { view, width, height, glyphs, isZoomed } = input;
  const { traffic } = view;
  const head = [
    sentLine(view, width, glyphs),
    requestsLine("pushes", traffic.pushesPerSecond, traffic.pushes),
    requestsLine("pulls", traffic.pullsPerSecond, traffic.pulls),
  ];
  const filters = filterLines(view, width, glyphs);
  const lines = [...head, ...filters];
  if (!isZoomed) return { note: [], lines };
  const nodes = view.nodes
    .filter(({ node, traffic }) => traffic !== null && matches(input.filter, node))
    .sort((a, b) => (input.isByName ? order(a, b) : rateOf(b) - rateOf(a) || order(a, b)));
  const { shown, hidden } = windowOf(nodes, height - lines.length - 2, input.scroll);
  const table = [
    [],
    [
      span(
        `  node        ${columns(width).reduce((head, [name, room]) => head + padStart(name, room), "")}`,
        "dim",
      ),
    ],
    ...shown.map((node) => nodeLine(node, columns(width))),
  ];
  return { note: hidden > 0 ? [span(`${hidden} hidden`, "warn")] : [], lines: [...lines, ...table] };
}

const order = (a: NodeView, b: NodeView): number =>
  a.role < b.role ? -1 : a.role > b.role ? 1 : numberOf(a.node) - numberOf(b.node);

const rateOf = ({ traffic }: NodeView): number => traffic?.sentBytesPerSecond ?? 0;

function sentLine({ traffic }: ClusterView, width: number, glyphs: Glyphs): Line {
  const { sentBytes, sentBytesPerSecond, history } = traffic;
  const room = Math.max(0, Math.min(60, width - 38));
  const curve = sparkline(
    history.map((point) => point.sentBytes),
    room,
    glyphs,
  );
  if (sentBytes === null) return [span("sent      ", "dim"), span("no node counted so far", "dim")];
  return [
    span("sent      ", "dim"),
    bold(padStart(`${bytes(sentBytesPerSecond)}/s`, 10)),
    span(padStart(`${bytes(sentBytes)} in all`, 16), "dim"),
    span("  "),
    span(curve, "title"),
  ];
}

function requestsLine(name: string, perSecond: number, total: number): Line {
  return [
    span(padEnd(name, 10), "dim"),
    span(padStart(`${count(perSecond)}/s`, 10)),
    span(padStart(`${count(total)} in all`, 16), "dim"),
  ];
}

function filterLines({ traffic }: ClusterView, width: number, glyphs: Glyphs): readonly Line[] {
  const { unfilteredBytes, filters } = traffic;
  if (unfilteredBytes === null || unfilteredBytes === 0)
    return [[span("filters   ", "dim"), span("nothing was counted so far", "dim")]];
  const saved = filters.reduce((sum, { savedBytes }) => sum + savedBytes, 0);
  const left = Math.max(1, unfilteredBytes - saved);
  const head: Line = [
    span("filters   ", "dim"),
    span(padStart(`${(unfilteredBytes / left).toFixed(1)}${glyphs.times} less`, 10), "good"),
    span(`   ${bytes(left)} of ${bytes(unfilteredBytes)}`, "dim"),
  ];
  const used = filters.filter(({ savedBytes }) => savedBytes > 0).sort((a, b) => b.savedBytes - a.savedBytes);
  const room = Math.max(6, Math.min(30, width - 42));
  return [
    head,
    ...used.map(
      ({ kind, savedBytes, savedShare }): Line => [
        span(`  ${padEnd(kind, 20)}`, "dim"),
        ...bar(savedShare, room, glyphs, "good"),
        span(padStart(share(savedShare), 7)),
        span(padStart(bytes(savedBytes), 10), "dim"),
      ],
    ),
  ];
}

type Columns = readonly (readonly [name: string, room: number])[];

function columns(width: number): Columns {
  const [received, spare] = width < 86 ? ["rcvd", 0] : ["received", 2];
  return [
    ["sent/s", 10 + spare],
    [`${received}/s`, 10 + spare],
    ["sent in all", 13 + spare],
    [`${received} in all`, 13 + 2 * spare],
    ["resent", 8 + spare],
    ["dropped", 9 + spare],
  ];
}

function nodeLine({ node, traffic, framesResent, framesDropped }: NodeView, of: Columns): Line {
  const rooms = of.map(([, room]) => room);
  return [
    span(padEnd(`  ${node}`, 14), nodeTone(node)),
    span(padStart(bytes(traffic?.sentBytesPerSecond ?? 0), rooms[0])),
    span(padStart(bytes(traffic?.receivedBytesPerSecond ?? 0), rooms[1])),
    span(padStart(bytes(traffic?.sentBytes ?? 0), rooms[2]), "dim"),
    span(padStart(bytes(traffic?.receivedBytes ?? 0), rooms[3]), "dim"),
    span(padStart(count(framesResent), rooms[4]), framesResent > 0 ? "warn" : "dim"),
    span(padStart(count(framesDropped), rooms[5]), framesDropped > 0 ? "warn" : "dim"),
  ];
}
