/** A canvas of dots, two by four in a cell, each cell in one tone: the last that drew there. */
import { type Line, span, type Span, type Tone } from "./styled.ts";

/** The bit of each dot of a cell, by row and column. */
const dots = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

export class Canvas {
  readonly columns: number;
  readonly rows: number;
  private readonly bits: Uint8Array;
  private readonly tones: Tone[];
  private readonly letters: (string | undefined)[];
  private readonly isAscii: boolean;

  constructor(columns: number, rows: number, isAscii: boolean) {
    this.columns = columns;
    this.rows = rows;
    this.isAscii = isAscii;
    this.bits = new Uint8Array(columns * rows);
    this.tones = new Array<Tone>(columns * rows).fill("plain");
    this.letters = new Array<string | undefined>(columns * rows);
  }

  /** In dots from the upper left; outside nothing is drawn. */
  dot(x: number, y: number, tone: Tone): void {
    const column = Math.floor(x / 2);
    const row = Math.floor(y / 4);
    if (column < 0 || row < 0 || column >= this.columns || row >= this.rows) return;
    const cell = row * this.columns + column;
    this.bits[cell] |= dots[Math.floor(y) & 3][Math.floor(x) & 1];
    this.tones[cell] = tone;
  }

  line(from: readonly [number, number], to: readonly [number, number], tone: Tone): void {
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1]))));
    for (let i = 0; i <= steps; i++) {
      this.dot(
        Math.round(from[0] + ((to[0] - from[0]) * i) / steps),
        Math.round(from[1] + ((to[1] - from[1]) * i) / steps),
        tone,
      );
    }
  }

  /** Text over the dots, in cells; cut where the canvas ends. */
  write(column: number, row: number, text: string, tone: Tone): void {
    if (row < 0 || row >= this.rows) return;
    for (let i = 0; i < text.length; i++) {
      const at = column + i;
      if (at < 0 || at >= this.columns) continue;
      this.letters[row * this.columns + at] = text[i];
      this.tones[row * this.columns + at] = tone;
    }
  }

  lines(): readonly Line[] {
    return Array.from({ length: this.rows }, (_, row) => this.row(row));
  }

  private row(row: number): Line {
    const spans: Span[] = [];
    let text = "";
    let tone: Tone = "plain";
    for (let column = 0; column < this.columns; column++) {
      const cell = row * this.columns + column;
      if (this.tones[cell] !== tone) {
        if (text !== "") spans.push(span(text, tone));
        text = "";
        tone = this.tones[cell];
      }
      text += this.letters[cell] ?? this.glyph(this.bits[cell]);
    }
    if (text !== "") spans.push(span(text, tone));
    return spans;
  }

  private glyph(bits: number): string {
    if (bits === 0) return " ";
    return this.isAscii ? "*" : String.fromCharCode(0x2800 + bits);
  }
}
