/** The first line: which job, under which promise, who leads, whether all checks hold, and the moment that is shown. */
import type { ClusterView, HeaderView, Playhead, Source } from "../../observe/index.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { bold, fields, inverse, type Line, span, type Tone, widthOf } from "../text/styled.ts";
import { momentIn } from "../text/moments.ts";
import { count, duration } from "../text/units.ts";
import { consistencyText } from "./clocks.ts";

export function headerLine(
  view: ClusterView,
  playhead: Playhead,
  kind: Source["kind"],
  { width, glyphs }: { readonly width: number; readonly glyphs: Glyphs },
): Line {
  const { header } = view;
  const name: Line = [inverse(" tauring ", "title"), span(" ")];
  const right = clock(view, playhead, kind, glyphs);
  const room = width - widthOf(name) - widthOf(right) - 2;
  const parts = [
    { line: [bold(header.job ?? "no job")], keep: 6 },
    { line: [span(header.state, stateTone(header.state))], keep: 7 },
    { line: checksLine(header, glyphs), keep: 8 },
    { line: [span(consistencyText(header.consistency, glyphs))], keep: 5 },
    { line: [span("task ", "dim"), span(count(header.newestTask?.time ?? 0))], keep: 4 },
    { line: [span("view ", "dim"), span(header.view === null ? glyphs.dash : String(header.view))], keep: 3 },
    { line: leadersLine(header), keep: 2 },
    { line: lostLine(view), keep: 9 },
  ].filter(({ line }) => widthOf(line) > 0);
  const left = fields(parts, room);
  const gap = " ".repeat(Math.max(1, width - widthOf(name) - widthOf(left) - widthOf(right) - 1));
  return [...name, ...left, span(gap), ...right];
}

function stateTone(state: HeaderView["state"]): Tone {
  return state === "failed" ? "bad" : state === "running" ? "good" : "note";
}

function checksLine({ checks }: HeaderView, glyphs: Glyphs): Line {
  if (checks === null) return [];
  if (checks.violationCount === 0) return [span(`${glyphs.good} checks hold`, "good")];
  return [bold(`${glyphs.gone} ${checks.violationCount} violations`, "bad")];
}

function leadersLine({ leaders }: HeaderView): Line {
  return leaders.flatMap(({ node, term }, index) => [
    span(index === 0 ? "" : "  "),
    span(`${node} `, "plain"),
    span(`term ${term}`, "dim"),
  ]);
}

/** Trouble comes first. */
function lostLine({ nodes }: ClusterView): Line {
  const lost = nodes.filter(({ state }) => state === "lost").length;
  const suspected = nodes.filter(({ state }) => state === "suspected" || state === "paused").length;
  return [
    ...(lost > 0 ? [bold(`${lost} lost`, "bad")] : []),
    ...(lost > 0 && suspected > 0 ? [span(", ")] : []),
    ...(suspected > 0 ? [bold(`${suspected} silent`, "warn")] : []),
  ];
}

function clock(view: ClusterView, playhead: Playhead, kind: Source["kind"], glyphs: Glyphs): Line {
  const { isPaused, speed, endMicros, isComplete } = playhead;
  if (kind === "live") {
    const behind = endMicros - view.atMicros;
    if (isPaused)
      return [
        bold(`LIVE ${glyphs.pause} paused, ${duration(Math.max(0, behind), glyphs.micro)} ago `, "warn"),
      ];
    if (isComplete)
      return [bold("nobody answers any more ", "warn"), span(`${momentIn(view, view.atMicros)} `)];
    return [bold(`LIVE ${glyphs.play} `, "good"), span(`${momentIn(view, view.atMicros)} `)];
  }
  const sign = isPaused
    ? span(`${glyphs.pause} `, "warn")
    : span(`${glyphs.play} ${speedText(speed)} `, "good");
  const end = isComplete ? ` / ${momentIn(view, endMicros)} ` : " ";
  return [
    span(kind === "sim" ? "simulated " : "recorded ", "dim"),
    sign,
    bold(momentIn(view, view.atMicros)),
    span(end, "dim"),
  ];
}

function speedText(speed: number): string {
  return speed >= 1 ? `${speed}x` : `1/${Math.round(1 / speed)}x`;
}
