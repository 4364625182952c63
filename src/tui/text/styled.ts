/** Text with tones, before any terminal: what panels are made of, and what terminals and SVG are painted from. */

/** What a piece of text means; `paint.ts` and `svg.ts` know how that looks. */
export type Tone =
  | "plain"
  | "dim"
  | "faint"
  | "title"
  | "key"
  | "good"
  | "warn"
  | "bad"
  | "note"
  | `hue-${Hue}`;

/** Eight colours that colour-blind people can tell apart too; names and letters always stand beside them. */
export type Hue = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

export interface Span {
  readonly text: string;
  readonly tone: Tone;
  readonly isBold?: boolean;
  readonly isInverse?: boolean;
}

/** One row of cells. Every character is one cell wide: `span` sees to it. */
export type Line = readonly Span[];

/** Everything that is not one cell wide for sure. */
const unsure =
  /[^\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u0530\u2010-\u2027\u2030-\u205e\u2070-\u22ff\u2500-\u25fc\u2600-\u2604\u2710-\u271f\u2800-\u28ff]/gu;

export function span(text: string, tone: Tone = "plain"): Span {
  return { text: text.replace(unsure, "?"), tone };
}

export function bold(text: string, tone: Tone = "plain"): Span {
  return { ...span(text, tone), isBold: true };
}

export function inverse(text: string, tone: Tone = "plain"): Span {
  return { ...span(text, tone), isInverse: true };
}

/** The tone of the n-th of several things that are told apart by colour too. */
export function hue(index: number): Tone {
  return `hue-${(index % 8) as Hue}`;
}

export function widthOf(line: Line): number {
  let width = 0;
  for (const { text } of line) width += text.length;
  return width;
}

export function textOf(line: Line): string {
  return line.map(({ text }) => text).join("");
}

/** Exactly so wide: cut with an ellipsis, or filled with spaces. */
export function fit(line: Line, width: number, ellipsis = "…"): Line {
  const given = widthOf(line);
  if (given === width) return line;
  if (given < width) return [...line, span(" ".repeat(width - given))];
  if (width <= 0) return [];
  const spans: Span[] = [];
  let left = width - 1;
  for (const piece of line) {
    if (left === 0) break;
    const text = piece.text.slice(0, left);
    spans.push({ ...piece, text });
    left -= text.length;
  }
  return [...spans, span(ellipsis, "dim")];
}

/** Between words where that can be; the lines after the first begin further in. */
export function wrapped(line: Line, width: number, indent: number): readonly Line[] {
  const last = line.at(-1);
  const over = widthOf(line) - width;
  if (last === undefined || over <= 0 || width <= indent) return [line];
  const room = last.text.length - over;
  // What is too long is the last span: names and times stand before it.
  if (room <= 0) return [line];
  const space = last.text.lastIndexOf(" ", room);
  const end = space > 0 ? space : room;
  const rest: Line = [span(" ".repeat(indent)), { ...last, text: last.text.slice(end).trimStart() }];
  return [
    [...line.slice(0, -1), { ...last, text: last.text.slice(0, end) }],
    ...wrapped(rest, width, indent),
  ];
}

export function padEnd(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text.padEnd(width);
}

export function padStart(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text.padStart(width);
}

/** Fields in the order in which they are shown, by decreasing importance of `keep`: those that do not fit are left out whole. */
export function fields(
  parts: readonly { readonly line: Line; readonly keep: number }[],
  width: number,
): Line {
  const kept = new Set<number>();
  let used = 0;
  const byImportance = parts.map((part, index) => ({ ...part, index })).sort((a, b) => b.keep - a.keep);
  for (const { line, index } of byImportance) {
    const cost = widthOf(line) + (kept.size === 0 ? 0 : 2);
    if (used + cost > width) continue;
    used += cost;
    kept.add(index);
  }
  const line: Span[] = [];
  for (const [index, part] of parts.entries()) {
    if (!kept.has(index)) continue;
    if (line.length > 0) line.push(span("  "));
    line.push(...part.line);
  }
  return line;
}
