/** Lines as a picture: what a terminal shows, for pages. */
import type { Line, Span, Tone } from "./styled.ts";

const cellWidth = 8.4;
const cellHeight = 18;
const margin = 12;

const colours: Readonly<Record<Tone, string>> = {
  plain: "#d0d0d0",
  dim: "#8a8a8a",
  faint: "#4e4e4e",
  title: "#87afd7",
  key: "#d7af87",
  good: "#87af87",
  warn: "#d7af5f",
  bad: "#d75f5f",
  note: "#afafd7",
  "hue-0": "#5fafd7",
  "hue-1": "#d7af5f",
  "hue-2": "#5faf87",
  "hue-3": "#af87af",
  "hue-4": "#d7d787",
  "hue-5": "#87afd7",
  "hue-6": "#d7875f",
  "hue-7": "#9e9e9e",
};
const background = "#1c1c1c";

/** Texts have the length of their cells, whatever the font that is there. */
export function svgOf(lines: readonly Line[], title: string): string {
  const columns = Math.max(1, ...lines.map((line) => line.reduce((sum, { text }) => sum + text.length, 0)));
  const width = round(columns * cellWidth + 2 * margin);
  const height = lines.length * cellHeight + 2 * margin;
  const rows = lines.map((line, row) => rowOf(line, margin + row * cellHeight));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="8" fill="${background}"/>`,
    '<g font-family="\'DejaVu Sans Mono\', Menlo, Consolas, monospace" font-size="14" xml:space="preserve">',
    ...rows.filter((row) => row !== ""),
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

function rowOf(line: Line, top: number): string {
  let column = 0;
  let out = "";
  for (const piece of line) {
    out += pieceOf(piece, margin + column * cellWidth, top);
    column += piece.text.length;
  }
  return out;
}

function pieceOf({ text, tone, isBold, isInverse }: Span, x: number, top: number): string {
  const width = round(text.length * cellWidth);
  const ground =
    isInverse === true
      ? `<rect x="${round(x)}" y="${top}" width="${width}" height="${cellHeight}" fill="${colours[tone]}"/>`
      : "";
  if (text.trim() === "") return ground;
  // Blanks at the ends are not measured by every viewer: they are left out.
  const lead = text.length - text.trimStart().length;
  const shown = text.trim();
  const fill = isInverse === true ? background : colours[tone];
  const weight = isBold === true ? ' font-weight="bold"' : "";
  const at = `x="${round(x + lead * cellWidth)}" y="${top + 14}" textLength="${round(shown.length * cellWidth)}"`;
  return `${ground}<text ${at} lengthAdjust="spacingAndGlyphs" fill="${fill}"${weight}>${escape(shown)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
