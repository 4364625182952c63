/**
 * A space-time diagram (Lamport, CACM 1978) of some facts as SVG: a lane for each node, time downwards, an arrow from each
 * fact to those that follow from it. Rows are facts, not seconds: what happens in a burst stays readable.
 */
import { describeFact } from "../describe-fact.ts";
import { type CausedFact, withCauses } from "./causes.ts";
import type { Fact } from "../fact.ts";
import { momentText } from "./moments.ts";

export interface DiagramOptions {
  /** Indices into the facts, ascending: those that are drawn. */
  readonly shown: readonly number[];
  readonly title: string;
  /** The moment that is told as 0. */
  readonly origin: number;
  /** Drawn as what the diagram is about. */
  readonly marked?: number | undefined;
}

const laneWidth = 150;
const rowHeight = 22;
const top = 78;
const margin = 16;
/** Of one character, at most, in whichever font of the list is there. */
const characterWidth = 7.3;
const titleCharacterWidth = 8.6;
/** Of a fact's words; a viewer shows the rest where the pointer is. */
const charactersMax = 100;
/** Number and moment of a fact. */
const left = margin + 21 * characterWidth;
const textWidth = 2 * margin + charactersMax * characterWidth;

export function diagram(facts: readonly Fact[], options: DiagramOptions): string {
  const caused = withCauses(facts);
  const { shown, title, origin, marked } = options;
  const nodes = lanesOf(shown.map((index) => caused[index]));
  const lane = new Map(nodes.map((node, i) => [node, left + i * laneWidth + laneWidth / 2]));
  const row = new Map(shown.map((index, i) => [index, top + i * rowHeight]));
  const width = Math.ceil(left + nodes.length * laneWidth + textWidth);
  const height = top + shown.length * rowHeight + 20;
  const bottom = height - 16;
  const lines: string[] = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="12">`,
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#5b7083"/></marker></defs>',
    `<rect width="${width}" height="${height}" fill="#fdfdfb"/>`,
    textAt({ x: margin, y: 24 }, title, {
      charactersMax: Math.floor((width - 2 * margin) / titleCharacterWidth),
      look: 'font-size="14" font-weight="bold" fill="#22303c"',
    }),
  ];
  for (const node of nodes) {
    const x = lane.get(node) as number;
    lines.push(
      `<line x1="${x}" y1="58" x2="${x}" y2="${bottom}" stroke="#d4dae0"/>`,
      `<text x="${x}" y="50" text-anchor="middle" font-weight="bold" fill="#22303c">${escape(node)}</text>`,
    );
  }
  const at = (index: number): Spot => ({
    x: lane.get(caused[index].fact.node) as number,
    y: row.get(index) as number,
  });
  for (const index of shown) {
    for (const cause of caused[index].causes) if (row.has(cause)) lines.push(arrow(at(cause), at(index)));
  }
  for (const index of shown) {
    const { fact } = caused[index];
    const when = `${String(index).padStart(7)} ${momentText(fact.at - origin).padStart(12)}`;
    lines.push(...point(fact, at(index), { when, isMarked: index === marked, width }));
  }
  lines.push("</svg>", "");
  return lines.join("\n");
}

interface Spot {
  readonly x: number;
  readonly y: number;
}

function arrow(from: Spot, to: Spot): string {
  const stroke = 'stroke="#5b7083" stroke-width="1.2" fill="none" marker-end="url(#arrow)"';
  if (from.x === to.x) {
    const bend = 26;
    return `<path d="M${from.x - 5} ${from.y}C${from.x - bend} ${from.y} ${to.x - bend} ${to.y} ${to.x - 5} ${to.y}" ${stroke} stroke-dasharray="3 3"/>`;
  }
  const direction = to.x > from.x ? 1 : -1;
  return `<path d="M${from.x + 5 * direction} ${from.y}L${to.x - 6 * direction} ${to.y}" ${stroke}/>`;
}

interface Look {
  readonly when: string;
  readonly isMarked: boolean;
  readonly width: number;
}

function point({ fact }: Fact, { x, y }: Spot, { when, isMarked, width }: Look): readonly string[] {
  const words = describeFact(fact);
  const fill = isMarked ? "#c0392b" : colourOf(fact.type);
  const look = `fill="${isMarked ? "#c0392b" : "#22303c"}"`;
  return [
    `<text x="${margin}" y="${y + 4}" fill="#7b8a97" xml:space="preserve">${when}</text>`,
    `<circle cx="${x}" cy="${y}" r="${isMarked ? 6 : 4.5}" fill="${fill}"><title>${escape(words)}</title></circle>`,
    textAt({ x: width - textWidth + margin, y: y + 4 }, words, { charactersMax, look }),
  ];
}

/** Cut off where it would leave its column, and then whole where the pointer is. */
function textAt(
  { x, y }: Spot,
  text: string,
  { charactersMax: max, look }: { readonly charactersMax: number; readonly look: string },
): string {
  const isWhole = text.length <= max;
  const shown = isWhole ? text : `${text.slice(0, max - 1)}…`;
  const whole = isWhole ? "" : `<title>${escape(text)}</title>`;
  return `<text x="${x}" y="${y}" ${look}>${whole}${escape(shown)}</text>`;
}

/** By role and number, so that the lanes of a cluster are always in one order. */
function lanesOf(facts: readonly CausedFact[]): readonly string[] {
  return [...new Set(facts.map(({ fact }) => fact.node))].sort((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
}

function colourOf(type: string): string {
  if (/suspect|evict|crash|kill|stop|fail|refused|dropped|lost/.test(type)) return "#c77c11";
  if (/view|leader|sealed|filled|assigned|launched|started/.test(type)) return "#7d4fa8";
  if (/push|part-received|applied|stored|committed/.test(type)) return "#1f6feb";
  if (/pull|read/.test(type)) return "#238a52";
  return "#5b7083";
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character]);
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
