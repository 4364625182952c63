/** The ring as a circle: masters on the outer arcs, their replicas within, newcomers that are filled inmost. */
import type { RingView, SegmentView } from "../../observe/index.ts";
import { Canvas } from "../text/braille.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { bold, fit, type Line, padEnd, padStart, span, type Span, type Tone } from "../text/styled.ts";
import { bytes, count, position, share } from "../text/units.ts";
import { matches, nodeTone, type PanelContent, type PanelInput, shortName, windowOf } from "./panel.ts";
import { failoverLines, ringPanel } from "./ring.ts";

const ringSize = 2 ** 32;
/** Beside the circle; below, the list stands alone. */
const listColumnsMin = 54;
const circleColumnsMin = 22;

export function zoomedRing(input: PanelInput): PanelContent {
  const { view, width, height, glyphs } = input;
  if (view.ring.segments.length === 0) return ringPanel(input);
  const circleColumns = Math.min(width - listColumnsMin - 1, Math.floor((height - 1) * 2.1));
  const list = segmentList(
    input,
    circleColumns < circleColumnsMin ? width : width - circleColumns - 1,
    height,
  );
  const note: Line = [span("outer arc: master, inner arcs: its copies in chain order", "dim")];
  if (circleColumns < circleColumnsMin) return { note: [], lines: list };
  const circle = circleLines(view.ring, circleColumns, height, { glyphs, marked: input.marked });
  return {
    note,
    lines: circle.map((line, row) => [...fit(line, circleColumns), span(" "), ...(list[row] ?? [])]),
  };
}

interface CircleOptions {
  readonly glyphs: Glyphs;
  readonly marked: number | undefined;
}

/** Position 0 is at the top; positions go clockwise. */
function circleLines(
  ring: RingView,
  columns: number,
  rows: number,
  { glyphs, marked }: CircleOptions,
): readonly Line[] {
  const canvas = new Canvas(columns, rows, glyphs.isAscii);
  const centre = [columns, rows * 2] as const;
  const outer = Math.min(columns - 5, rows * 2 - 5);
  for (const segment of ring.segments) {
    for (const [depth, holder] of segment.holders.slice(0, 4).entries()) {
      const radius = outer - depth * 5;
      const thickness = depth === 0 ? 3 : 1;
      for (let ply = 0; ply < thickness; ply++) {
        arc(canvas, centre, radius - ply, { segment, tone: nodeTone(holder), every: 1 });
      }
    }
    for (const [place, holder] of segment.filling.slice(0, 2).entries()) {
      const radius = outer - (segment.holders.length + place) * 5;
      arc(canvas, centre, radius, { segment, tone: nodeTone(holder), every: 3 });
    }
    tick(canvas, centre, outer, segment);
  }
  for (const segment of ring.segments) label(canvas, centre, outer, { segment, marked });
  middle(canvas, ring, glyphs);
  return canvas.lines();
}

interface Arc {
  readonly segment: SegmentView;
  readonly tone: Tone;
  /** Of so many steps one is drawn. */
  readonly every: number;
}

type Centre = readonly [number, number];

function pointAt([x, y]: Centre, radius: number, place: number): readonly [number, number] {
  const angle = (place / ringSize) * 2 * Math.PI - Math.PI / 2;
  return [Math.round(x + radius * Math.cos(angle)), Math.round(y + radius * Math.sin(angle))];
}

function arc(canvas: Canvas, centre: Centre, radius: number, { segment, tone, every }: Arc): void {
  if (radius < 4) return;
  const steps = Math.max(
    2,
    Math.ceil(((segment.end - segment.begin) / ringSize) * 2 * Math.PI * radius * 1.3),
  );
  // A gap at either end lets one see where a segment ends.
  for (let step = 1; step < steps; step++) {
    if (step % every !== 0) continue;
    const place = segment.begin + ((segment.end - segment.begin) * step) / steps;
    canvas.dot(...pointAt(centre, radius, place), tone);
  }
}

/** Where the segment begins. */
function tick(canvas: Canvas, centre: Centre, radius: number, { begin }: SegmentView): void {
  canvas.line(pointAt(centre, radius - 1, begin), pointAt(centre, radius + 3, begin), "faint");
}

/** The master's short name outside of the arc, where the arc is long enough for it. */
function label(
  canvas: Canvas,
  centre: Centre,
  radius: number,
  { segment, marked }: { readonly segment: SegmentView; readonly marked: number | undefined },
): void {
  const isMarked = segment.begin === marked;
  if (!isMarked && (segment.end - segment.begin) / ringSize < 0.025) return;
  const name = shortName(segment.holders[0]);
  const [x, y] = pointAt(centre, radius + 4, (segment.begin + segment.end) / 2);
  const isLeft = x < centre[0] - radius / 2;
  const text = isMarked ? `>${name}<` : name;
  const column =
    Math.floor(x / 2) -
    (isLeft ? text.length - 1 : Math.floor(text.length / 2) * Number(x < centre[0] + radius / 2));
  canvas.write(column, Math.floor(y / 4), text, nodeTone(segment.holders[0]));
}

/** In the free middle: what moves. */
function middle(canvas: Canvas, { moves }: RingView, glyphs: Glyphs): void {
  const texts = moves.slice(0, 4).map(({ from, to }) => `${shortName(from)}${glyphs.arrow}${shortName(to)}`);
  if (texts.length > 0) texts.unshift("moving");
  if (moves.length > 4) texts.push(`+${moves.length - 4} more`);
  const top = Math.floor(canvas.rows / 2 - texts.length / 2);
  for (const [row, text] of texts.entries()) {
    canvas.write(Math.floor((canvas.columns - text.length) / 2), top + row, text, row === 0 ? "dim" : "warn");
  }
}

function segmentList(input: PanelInput, width: number, height: number): readonly Line[] {
  const { view, filter, scroll, glyphs, marked } = input;
  const tail = failoverLines(view, width);
  const segments = view.ring.segments.filter((segment) =>
    matches(filter, ...segment.holders, ...segment.filling, position(segment.begin)),
  );
  const markedAt = segments.findIndex(({ begin }) => begin === marked);
  const room = height - 1 - tail.length;
  const from = markedAt >= 0 && scroll === 0 ? Math.max(0, markedAt - Math.floor(room / 2)) : scroll;
  const { shown } = windowOf(segments, room, from);
  const chainWidth = Math.max(8, Math.min(26, width - 37));
  const head: Line = [
    span(
      ` ${padEnd("positions", 10)} ${padEnd("master and copies", chainWidth)} ${padStart("keys", 6)} ${padStart("size", 8)} ${padStart("load", 6)}`,
      "dim",
    ),
  ];
  const rows = shown.map((segment) => segmentLine(segment, chainWidth, glyphs, segment.begin === marked));
  return [head, ...rows, ...Array.from({ length: Math.max(0, room - rows.length) }, () => []), ...tail];
}

function segmentLine(segment: SegmentView, chainWidth: number, glyphs: Glyphs, isMarked: boolean): Line {
  const end = segment.end >= ringSize ? "end" : position(segment.end);
  const chain: Span[] = [];
  for (const [index, holder] of segment.holders.entries()) {
    if (index > 0) chain.push(span(glyphs.arrow, "faint"));
    chain.push(
      index === 0 ? bold(shortName(holder), nodeTone(holder)) : span(shortName(holder), nodeTone(holder)),
    );
  }
  for (const holder of segment.filling) chain.push(span(` +${shortName(holder)} filling`, "warn"));
  if (segment.servesSince === null) chain.push(span(" not serving yet", "warn"));
  return [
    span(isMarked ? ">" : " ", "key"),
    span(padEnd(`${position(segment.begin)}${glyphs.dash}${end}`, 10)),
    span(" "),
    ...fit(chain, chainWidth, glyphs.ellipsis),
    span(padStart(segment.keys === null ? glyphs.dash : count(segment.keys), 7)),
    span(padStart(segment.bytes === null ? glyphs.dash : bytes(segment.bytes), 9), "dim"),
    span(padStart(share(segment.loadShare), 7)),
  ];
}
