/**
 * Bytes to the examples of one share. Line `i` of all files taken together, from 0, belongs to slot `i % slotCount`,
 * whatever it says: so the lines of other slots are only searched for their newline, and every slot agrees on who has which.
 */
import type { Examples } from "../core/index.ts";
import { parseCriteoLine } from "./criteo.ts";
import { DataError, shownBytes } from "./data-error.ts";
import { ExamplesBuilder } from "./examples-builder.ts";
import { libsvmParser } from "./libsvm.ts";
import { type LineParser, RowBuffer } from "./row-buffer.ts";
import {
  checkDataSource,
  checkShareIndex,
  type DataLimits,
  type DataSource,
  defaultDataLimits,
  type ShareIndex,
} from "./source.ts";

const newline = 10;

export class ShareParser {
  badLines = 0;
  private readonly source: DataSource;
  private readonly limits: DataLimits;
  private readonly index: ShareIndex;
  private readonly parseLine: LineParser;
  private readonly row = new RowBuffer();
  private readonly builder = new ExamplesBuilder();
  /** The beginning of a line of ours whose end has not come yet. */
  private carry = new Uint8Array(4096);
  private carryLength = 0;
  /** Bytes of the present line that are past, kept or not. */
  private lineLength = 0;
  private file = "";
  /** Of the present line, from 1, in its file. */
  private lineNumber = 1;
  /** Of the present line, modulo the slot count, over all files. */
  private turn = 0;

  constructor(source: DataSource, index: ShareIndex) {
    this.source = checkDataSource(source);
    this.limits = { ...defaultDataLimits, ...source };
    checkShareIndex(index);
    this.index = index;
    const { format, exactValuesBelow } = source;
    this.parseLine =
      format === "libsvm" ? libsvmParser(this.limits.featureMax, exactValuesBelow) : parseCriteoLine;
  }

  get nonzeros(): number {
    return this.builder.nonzeros;
  }

  beginFile(file: string): void {
    this.file = file;
    this.lineNumber = 1;
  }

  /** Reads the chunk; its memory is the caller's again afterwards. */
  write(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      const found = chunk.indexOf(newline, at);
      const end = found < 0 ? chunk.length : found;
      if (this.turn === this.index.slot) this.take(chunk, at, end, found >= 0);
      if (found < 0) {
        this.lineLength += end - at;
        return;
      }
      this.nextLine();
      at = end + 1;
    }
  }

  endFile(): void {
    if (this.lineLength === 0) return;
    if (this.turn === this.index.slot) this.line(this.carry, 0, this.carryLength);
    this.nextLine();
  }

  finish(): Examples {
    return this.builder.finish();
  }

  /** A line of ours, or a piece of it. */
  private take(chunk: Uint8Array, begin: number, end: number, isEnd: boolean): void {
    if (this.lineLength === 0 && isEnd) {
      this.line(chunk, begin, end);
      return;
    }
    // One byte past the limit is enough to know that a line is too long.
    const room = Math.min(end - begin, this.limits.lineBytesMax + 1 - this.carryLength);
    if (this.carryLength + room > this.carry.length) {
      const grown = new Uint8Array(Math.max(2 * this.carry.length, this.carryLength + room));
      grown.set(this.carry.subarray(0, this.carryLength));
      this.carry = grown;
    }
    this.carry.set(chunk.subarray(begin, begin + room), this.carryLength);
    this.carryLength += room;
    if (isEnd) this.line(this.carry, 0, this.carryLength);
  }

  private nextLine(): void {
    this.carryLength = 0;
    this.lineLength = 0;
    this.lineNumber++;
    this.turn = this.turn + 1 === this.index.slotCount ? 0 : this.turn + 1;
  }

  private line(bytes: Uint8Array, begin: number, end: number): void {
    const { row, builder, limits } = this;
    if (end - begin > limits.lineBytesMax) {
      this.bad(
        `a line of at most ${limits.lineBytesMax} bytes (lineBytesMax), found a longer one`,
        undefined,
      );
      return;
    }
    const outcome = this.parseLine(bytes, begin, end, row);
    if (outcome === "blank") return;
    if (outcome === "bad") {
      this.bad(`${row.expected}, found ${shownBytes(bytes, row.badAt, end)}`, row.badAt - begin + 1);
      return;
    }
    if (builder.rows === limits.rowsMax) this.full("rows", "rowsMax", limits.rowsMax);
    if (builder.nonzeros + row.count > limits.nonzerosMax) {
      this.full("non-zeros", "nonzerosMax", limits.nonzerosMax);
    }
    builder.add(row);
  }

  private bad(expected: string, column: number | undefined): void {
    if (this.source.badLines === "skip") {
      this.badLines++;
      return;
    }
    const place = { file: this.file, line: this.lineNumber };
    throw new DataError(`expected ${expected}`, column === undefined ? place : { ...place, column });
  }

  private full(what: string, option: string, limit: number): never {
    const place = { file: this.file, line: this.lineNumber };
    throw new DataError(
      `this share has more than ${limit} ${what} (${option}): use more slots or raise it`,
      place,
    );
  }
}
