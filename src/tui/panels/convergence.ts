/** Whether the job gets better: its objective over time and over the bytes that it took. */
import type { ClusterView, ProgressPoint } from "../../observe/index.ts";
import { Canvas } from "../text/braille.ts";
import { resampled, sparkline } from "../text/charts.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { bold, fit, type Line, padStart, span } from "../text/styled.ts";
import { bytes, count, duration, objective, share } from "../text/units.ts";
import type { PanelContent, PanelInput } from "./panel.ts";

export function convergencePanel(input: PanelInput): PanelContent {
  const { view, width, height, glyphs, isZoomed } = input;
  const { points, newest } = view.convergence;
  if (newest === null) {
    return { note: [], lines: [[span("the job has reported no objective so far", "dim")]] };
  }
  const words = wordLines(view, newest, width);
  const room = height - words.length;
  if (isZoomed && room >= 8) {
    const half = Math.floor((width - 2) / 2);
    const left = chart(points, { width: half, height: room, glyphs, axis: "time" });
    const right = chart(points, { width: width - half - 2, height: room, glyphs, axis: "bytes" });
    return {
      note: [],
      lines: [...words, ...left.map((line, i) => [...fit(line, half), span("  "), ...right[i]])],
    };
  }
  if (room >= 5) {
    const axis = input.isOverBytes ? "bytes" : "time";
    return {
      note: [span(`over ${axis}, t changes it`, "dim")],
      lines: [...words, ...chart(points, { width, height: room, glyphs, axis })],
    };
  }
  return { note: [], lines: [...words, ...curve(points, width, glyphs)].slice(0, height) };
}

function wordLines({ convergence }: ClusterView, newest: ProgressPoint, width: number): readonly Line[] {
  const { points, gap } = convergence;
  const before = points.at(-2);
  const isWorse = before !== undefined && before.objective < newest.objective;
  const first: Line = [
    span("objective ", "dim"),
    bold(objective(newest.objective)),
    ...(before === undefined ? [] : [span(isWorse ? " rising" : " falling", isWorse ? "warn" : "good")]),
    ...(gap === null ? [] : [span("   gap ", "dim"), span(gap.toExponential(2))]),
    span("   pass ", "dim"),
    span(String(newest.pass)),
  ];
  const second: Line = [
    span("non-zeros ", "dim"),
    span(count(newest.nonzeros)),
    span("   filtered ", "dim"),
    span(share(newest.filteredShare)),
    ...(width >= 50 ? [span("   sent ", "dim"), span(bytes(newest.sentBytes))] : []),
  ];
  return [first, second];
}

/** Heights above the lowest, as their logarithms: the end of a run has as much room as its beginning. */
function heights(points: readonly ProgressPoint[]): readonly number[] {
  const values = points.map((point) => point.objective).filter(Number.isFinite);
  const lowest = Math.min(...values);
  const span0 = Math.max(...values) - lowest;
  if (!(span0 > 0)) return points.map(() => 0);
  return points.map((point) =>
    Number.isFinite(point.objective) ? Math.log10(Math.max(1e-3, (point.objective - lowest) / span0)) + 3 : 3,
  );
}

function curve(points: readonly ProgressPoint[], width: number, glyphs: Glyphs): readonly Line[] {
  return [[span(sparkline(resampled(heights(points), width), width, glyphs), "title")]];
}

interface ChartOptions {
  readonly width: number;
  readonly height: number;
  readonly glyphs: Glyphs;
  readonly axis: "time" | "bytes";
}

const labelColumns = 9;

function chart(
  points: readonly ProgressPoint[],
  { width, height, glyphs, axis }: ChartOptions,
): readonly Line[] {
  const columns = Math.max(4, width - labelColumns - 1);
  const rows = Math.max(2, height - 1);
  const canvas = new Canvas(columns, rows, glyphs.isAscii);
  const along = points.map((point) => (axis === "time" ? point.elapsedMicros : point.sentBytes));
  const end = Math.max(1, ...along);
  const high = heights(points);
  const place = (i: number): readonly [number, number] => [
    Math.round((along[i] / end) * (columns * 2 - 1)),
    Math.round((1 - high[i] / 3) * (rows * 4 - 1)),
  ];
  for (let i = 1; i < points.length; i++) canvas.line(place(i - 1), place(i), "title");
  for (let i = 0; i < points.length; i++) canvas.dot(...place(i), "title");
  const values = points.map((point) => point.objective).filter(Number.isFinite);
  const labels = new Map([
    [0, objective(Math.max(...values))],
    [rows - 1, objective(Math.min(...values))],
  ]);
  const body = canvas
    .lines()
    .map(
      (line, row): Line => [
        span(padStart(labels.get(row) ?? "", labelColumns), "dim"),
        span(glyphs.box[5], "faint"),
        ...line,
      ],
    );
  const unit = axis === "time" ? duration(end, glyphs.micro) : bytes(end);
  const foot = `${" ".repeat(labelColumns)}${glyphs.box[3]}${glyphs.box[4].repeat(Math.max(0, columns - unit.length - 1))} ${unit}`;
  return [...body, [span(foot, "dim")]];
}
