/** A panel's border with its title in it: content is cut or filled to what fits inside. */
import type { Glyphs } from "../text/glyphs.ts";
import { bold, fit, type Line, span, type Span, widthOf } from "../text/styled.ts";

export interface FrameOptions {
  /** The key that goes there; absent: none. */
  readonly number: number | undefined;
  readonly title: string;
  /** To the right in the border: what is shown, how much is hidden. */
  readonly note: Line;
  readonly width: number;
  readonly height: number;
  readonly isFocused: boolean;
  readonly glyphs: Glyphs;
}

export function frame(content: readonly Line[], options: FrameOptions): readonly Line[] {
  const { width, height, glyphs, isFocused } = options;
  const tone = isFocused ? "title" : "faint";
  const [, , lowerRight, lowerLeft, horizontal, vertical] = glyphs.box;
  const side = span(vertical, tone);
  const blank: Line = [];
  const inner = Array.from({ length: Math.max(0, height - 2) }, (_, i): Line => {
    return [side, ...fit(content[i] ?? blank, width - 2, glyphs.ellipsis), side];
  });
  const bottom = [span(lowerLeft + horizontal.repeat(Math.max(0, width - 2)) + lowerRight, tone)];
  return [top(options, tone), ...inner, bottom];
}

function top({ number, title, note, width, isFocused, glyphs }: FrameOptions, tone: Span["tone"]): Line {
  const [upperLeft, upperRight, , , horizontal] = glyphs.box;
  const name: Line = [
    span(upperLeft + horizontal, tone),
    span(number === undefined ? " " : ` ${number} `, "key"),
    bold(`${title} `, isFocused ? "title" : "plain"),
  ];
  const room = width - widthOf(name) - 3;
  const shown: Line = widthOf(note) === 0 || room < 6 ? [] : [span(" "), ...cut(note, room - 2), span(" ")];
  const between = width - widthOf(name) - widthOf(shown) - 2;
  return [
    ...name,
    span(horizontal.repeat(Math.max(0, between)), tone),
    ...shown,
    span(horizontal + upperRight, tone),
  ];
}

function cut(line: Line, width: number): Line {
  return widthOf(line) <= width ? line : fit(line, width);
}
