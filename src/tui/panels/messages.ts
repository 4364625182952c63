/** The space-time diagram: a row for each node, time to the right, a message from its sending to its arrival. */
import type { ClusterView, MessageView } from "../../observe/index.ts";
import { Canvas } from "../text/braille.ts";
import { fit, type Line, padEnd, padStart, span, type Tone } from "../text/styled.ts";
import { momentIn } from "../text/moments.ts";
import { duration } from "../text/units.ts";
import { matches, nodeTone, numberOf, type PanelContent, type PanelInput } from "./panel.ts";

export interface Messages {
  readonly list: readonly MessageView[];
  readonly fromMicros: number;
  readonly toMicros: number;
}

const nameColumns = 12;

export function messagesPanel(input: PanelInput, messages: Messages | undefined): PanelContent {
  const { view, width, height, glyphs, filter, isZoomed } = input;
  if (messages === undefined)
    return { note: [], lines: [[span("this source tells nothing of messages", "dim")]] };
  const list = messages.list.filter(({ from, to, kind, text }) => matches(filter, from, to, kind, text));
  const nodes = nodesOf(view, list, filter);
  const listRows = isZoomed ? Math.min(list.length, Math.floor(height / 3)) : 0;
  const rowsEach = Math.max(1, Math.min(3, Math.floor((height - listRows - 2) / Math.max(1, nodes.length))));
  const shownNodes = nodes.slice(0, Math.floor((height - listRows - 2) / rowsEach));
  const columns = width - nameColumns;
  const canvas = new Canvas(columns, shownNodes.length * rowsEach, glyphs.isAscii);
  const { fromMicros, toMicros } = messages;
  const scale = (at: number): number =>
    ((at - fromMicros) / Math.max(1, toMicros - fromMicros)) * (columns * 2 - 1);
  const middle = (node: string): number => (shownNodes.indexOf(node) + 0.5) * rowsEach * 4;
  for (const node of shownNodes) {
    for (let x = 0; x < columns * 2; x += 4) canvas.dot(x, Math.floor(middle(node)), "faint");
  }
  for (const message of list) draw(canvas, message, { scale, middle, nodes: shownNodes, now: view.atMicros });
  const rows = canvas.lines().map((line, row): Line => {
    const name = row % rowsEach === Math.floor(rowsEach / 2) ? shownNodes[Math.floor(row / rowsEach)] : "";
    return [span(padEnd(name, nameColumns), name === "" ? "plain" : nodeTone(name)), ...line];
  });
  const axis: Line = [
    span(" ".repeat(nameColumns)),
    ...fit([span(momentIn(view, fromMicros), "dim")], Math.max(0, columns - 12)),
    span(padStart(momentIn(view, toMicros), 12), "dim"),
  ];
  const now = Math.floor(scale(view.atMicros) / 2);
  const cursor: Line = [
    span(" ".repeat(nameColumns + Math.max(0, Math.min(columns - 4, now))) + glyphs.up, "key"),
    span(" now", "key"),
  ];
  const note: Line = [span(`${list.length} messages, ${kindsText(list)}`, "dim")];
  const texts = list.slice(-listRows).map((message) => messageLine(message, view, glyphs.micro));
  return { note, lines: [...rows, cursor, axis, ...(listRows > 0 ? texts : [])] };
}

/** Those that sent or got one, in the order of their roles. */
function nodesOf(view: ClusterView, list: readonly MessageView[], filter: string): readonly string[] {
  const named = new Set(list.flatMap(({ from, to }) => [from, to]));
  const known = view.nodes
    .map(({ node }) => node)
    .filter((node) => named.has(node) || (filter === "" && view.nodes.length <= 12));
  const others = [...named].filter((node) => !known.includes(node)).sort();
  const roles = ["manager", "scheduler", "worker", "server"];
  const rank = (node: string): number => roles.findIndex((role) => node.startsWith(role));
  return [...known, ...others].sort((a, b) => rank(a) - rank(b) || numberOf(a) - numberOf(b));
}

interface Place {
  readonly scale: (at: number) => number;
  readonly middle: (node: string) => number;
  readonly nodes: readonly string[];
  readonly now: number;
}

/** Data, copies, answers, control. */
function messageTone(kind: string): Tone {
  if (/push/.test(kind)) return "hue-0";
  if (/pull|answer|read/.test(kind)) return "hue-2";
  if (/entry|chain|stored|fill/.test(kind)) return "hue-1";
  if (/task/.test(kind)) return "hue-3";
  return "dim";
}

function draw(canvas: Canvas, message: MessageView, { scale, middle, nodes, now }: Place): void {
  if (!nodes.includes(message.from) || !nodes.includes(message.to)) return;
  const isUnderWay = message.arrivedAt === null;
  const end = message.arrivedAt ?? now;
  const from = [Math.round(scale(message.sentAt)), Math.floor(middle(message.from))] as const;
  const full = Math.floor(middle(message.to));
  const to = [Math.round(scale(end)), isUnderWay ? Math.floor((from[1] + full) / 2) : full] as const;
  canvas.line(from, to, isUnderWay ? "bad" : messageTone(message.kind));
}

function kindsText(list: readonly MessageView[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of list) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const kinds = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 4);
  return kinds.map(([kind, number]) => `${number} ${kind}`).join(", ");
}

function messageLine(
  { from, to, kind, sentAt, arrivedAt, text }: MessageView,
  view: ClusterView,
  micro: string,
): Line {
  return [
    span(padStart(momentIn(view, sentAt), 10), "dim"),
    span(` ${padEnd(kind, 10)}`, messageTone(kind)),
    span(padEnd(from, 12), nodeTone(from)),
    span(padEnd(to, 12), nodeTone(to)),
    arrivedAt === null
      ? span(padEnd("not there", 10), "bad")
      : span(padEnd(duration(arrivedAt - sentAt, micro), 10), "dim"),
    span(text),
  ];
}
