/** The run as a line: what is past, where we are, what failed, what was bookmarked. */
import type { Bookmark, ClusterView, Playhead } from "../../observe/index.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { type Line, span, type Span, type Tone } from "../text/styled.ts";
import { count } from "../text/units.ts";

export interface TimeLineInput {
  readonly view: ClusterView;
  readonly playhead: Playhead;
  readonly bookmarks: readonly Bookmark[];
  readonly width: number;
  readonly glyphs: Glyphs;
}

interface Mark {
  readonly at: number;
  readonly sign: string;
  readonly tone: Tone;
}

export function timeLine({ view, playhead, bookmarks, width, glyphs }: TimeLineInput): Line {
  const { beginMicros, endMicros, factIndex, factCount } = playhead;
  const facts = factCount > 0 ? ` fact ${count(factIndex)} of ${count(factCount)} ` : " ";
  const columns = Math.max(1, width - facts.length - 1);
  const place = (at: number): number =>
    Math.max(
      0,
      Math.min(
        columns - 1,
        Math.floor(((at - beginMicros) / Math.max(1, endMicros - beginMicros)) * columns),
      ),
    );
  const marks = new Map<number, Mark>();
  for (const mark of [...marksOf(view, glyphs), ...bookmarks.map(bookmarkMark)])
    marks.set(place(mark.at), mark);
  const now = place(view.atMicros);
  const spans: Span[] = [span(" ")];
  let run = "";
  let runTone: Tone = "title";
  const flush = (): void => {
    if (run !== "") spans.push(span(run, runTone));
    run = "";
  };
  for (let column = 0; column < columns; column++) {
    const tone: Tone = column <= now ? "title" : "faint";
    const mark = column === now ? { sign: glyphs.cursor, tone: "key" as const } : marks.get(column);
    if (mark !== undefined) {
      flush();
      spans.push(span(mark.sign, mark.tone));
      continue;
    }
    if (tone !== runTone) flush();
    runTone = tone;
    run += column <= now ? glyphs.heavy : glyphs.box[4];
  }
  flush();
  return [...spans, span(facts, "dim")];
}

const bookmarkMark = ({ atMicros }: Bookmark): Mark => ({ at: atMicros, sign: "'", tone: "key" });

/** Losses, returns, violations. */
function marksOf({ ring, header }: ClusterView, glyphs: Glyphs): readonly Mark[] {
  return [
    ...ring.failovers.map(
      ({ lostAt }): Mark => ({ at: lostAt, sign: glyphs.isAscii ? "x" : "✗", tone: "bad" }),
    ),
    ...ring.failovers.flatMap(({ restoredAt }): readonly Mark[] =>
      restoredAt === null ? [] : [{ at: restoredAt, sign: glyphs.isAscii ? "v" : "✓", tone: "good" }],
    ),
    ...(header.checks?.newest ?? []).map(({ at }): Mark => ({ at, sign: "!", tone: "bad" })),
  ];
}
