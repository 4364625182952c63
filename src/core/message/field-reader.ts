/**
 * Reads what `FieldWriter` wrote, from bytes that may be anything. The first thing that is wrong becomes `failure`;
 * from then on every read gives a harmless value and every count is 0, so that readers need no checks of their own.
 * One value has one form: over-long varints, flags other than 0 and 1, and padding other than 0 are refused.
 */
import { nodeName, roles } from "../ids.ts";
import type { NodeId } from "../ids.ts";
import { hexOfWords } from "../keys/hex.ts";
import type { KeyRange } from "../keys/key-range.ts";
import { keepText, knownText } from "./kept-texts.ts";

/** Of 2^53 - 1. */
const varintBytesMax = 8;
const nodeNumberMax = 999_999;
const wholeSpan = 2n ** 64n;
/** Eight bytes on their way to a number: cheaper than a view for each frame. */
const scratchBytes = new Uint8Array(8);
const scratchFloat = new Float64Array(scratchBytes.buffer);
const scratchKey = new BigUint64Array(scratchBytes.buffer);

/** The arrays of a frame: from `begin`, which is at a multiple of 8 in the buffer, to the end of `bytes`. */
export interface Bulk {
  readonly bytes: Uint8Array;
  readonly begin: number;
}

const noBytes = new Uint8Array(0);
const noWords = new Uint32Array(0);
const noSingles = new Float32Array(0);
const noDoubles = new Float64Array(0);

export class FieldReader {
  failure: string | undefined = undefined;
  private readonly frame: Uint8Array;
  private at: number;
  private readonly end: number;
  private readonly bulk: Uint8Array;
  private bulkAt: number;
  private taken: number = 0;

  /** Fields are at [begin, end) of the frame. */
  constructor(frame: Uint8Array, begin: number, end: number, bulk: Bulk) {
    this.frame = frame;
    this.at = begin;
    this.end = end;
    this.bulk = bulk.bytes;
    this.bulkAt = bulk.begin;
  }

  refuse(reason: string): void {
    this.failure ??= reason;
    this.at = this.end;
    this.bulkAt = this.bulk.length;
  }

  /** Checks that nothing is left over. */
  finish(): void {
    if (this.failure !== undefined) return;
    if (this.at !== this.end) this.refuse(`${this.end - this.at} bytes follow the fields`);
    else if (this.bulkAt !== this.bulk.length) {
      this.refuse(`${this.bulk.length - this.bulkAt} bytes follow the arrays`);
    }
  }

  byte(): number {
    if (this.at >= this.end) {
      this.refuse("the fields end too early");
      return 0;
    }
    return this.frame[this.at++];
  }

  flag(): boolean {
    const value = this.byte();
    if (value > 1) this.refuse(`a flag is 0 or 1, not ${value}`);
    return value === 1;
  }

  /** A safe integer of at most `max`. */
  varint(what: string, max: number = Number.MAX_SAFE_INTEGER): number {
    const { at } = this;
    if (at < this.end && this.frame[at] < 128 && this.frame[at] <= max) {
      this.at = at + 1;
      return this.frame[at];
    }
    return this.longVarint(what, max);
  }

  private longVarint(what: string, max: number): number {
    const { frame, end } = this;
    let { at } = this;
    let value = 0;
    let byte = 128;
    for (let unit = 1; byte > 127; unit *= 128) {
      if (at >= end || at - this.at >= varintBytesMax) {
        this.refuse(at >= end ? "the fields end too early" : `${what} is not a varint in its shortest form`);
        return 0;
      }
      byte = frame[at++];
      value += (byte & 127) * unit;
    }
    if (byte === 0 && at - this.at > 1) this.refuse(`${what} is not a varint in its shortest form`);
    else if (value > max) this.refuse(`${what} is ${value}, above ${max}`);
    else this.at = at;
    return this.failure === undefined ? value : 0;
  }

  /** How many things follow, of at least `bytesEach` bytes of fields each: a lie is refused before memory is taken. */
  count(what: string, bytesEach: number): number {
    const isShort = this.at < this.end && this.frame[this.at] < 128;
    const count = isShort ? this.frame[this.at++] : this.varint(`the number of ${what}`);
    if (count * bytesEach <= this.end - this.at) return count;
    this.refuse(`${count} ${what} do not fit in the ${this.end - this.at} bytes of fields that are left`);
    return 0;
  }

  float64(): number {
    return this.takeEight() ? scratchFloat[0] : 0;
  }

  text(): string {
    const bytes = this.count("bytes of text", 1);
    const end = this.at + bytes;
    const known = knownText(this.frame, this.at, end);
    if (known !== undefined) {
      this.at = end;
      return known;
    }
    let text = "";
    while (this.at < end) {
      const lead = this.frame[this.at++];
      text += lead < 128 ? String.fromCharCode(lead) : this.wideCharacter(lead, end);
    }
    keepText(text, bytes);
    return text;
  }

  hash(): string {
    if (!this.has(16)) return "";
    return hexOfWords(this.word(), this.word(), this.word(), this.word());
  }

  node(): NodeId {
    const role = this.byte();
    const number = this.varint("the number of a node", nodeNumberMax);
    if (role < roles.length) return nodeName(role, number);
    this.refuse("a node has an unknown role");
    return nodeName(0, 0);
  }

  range(): KeyRange {
    const begin = this.key();
    const end = this.key();
    if (begin > end) this.refuse(`the range [${begin}, ${end}) ends before it begins`);
    return { begin, end };
  }

  /** Strictly ascending integers of at most `max`. */
  ascending(what: string, max: number): number[] {
    const count = this.count(what, 1);
    const values = new Array<number>(count);
    let previous = -1;
    for (let i = 0; i < count; i++) {
      previous += this.varint(what, max) + 1;
      if (previous > max) this.refuse(`${what} has ${previous}, above ${max}`);
      values[i] = previous;
    }
    return values;
  }

  bytes(count: number): Uint8Array {
    const taken = this.take(count, 1);
    return taken === 0 ? noBytes : new Uint8Array(this.bulk.buffer, this.taken, taken);
  }

  uint32s(count: number): Uint32Array {
    const taken = this.take(count, 4);
    return taken === 0 ? noWords : new Uint32Array(this.bulk.buffer, this.taken, taken);
  }

  float32s(count: number): Float32Array {
    const taken = this.take(count, 4);
    return taken === 0 ? noSingles : new Float32Array(this.bulk.buffer, this.taken, taken);
  }

  float64s(count: number): Float64Array {
    const taken = this.take(count, 8);
    return taken === 0 ? noDoubles : new Float64Array(this.bulk.buffer, this.taken, taken);
  }

  /** Takes the next array: sets `taken` to where it begins in the buffer, and returns its length (0 after a failure). */
  private take(count: number, bytesEach: number): number {
    const bytes = count * bytesEach;
    const end = this.bulkAt + 8 * Math.ceil(bytes / 8);
    if (end > this.bulk.length) {
      const left = this.bulk.length - this.bulkAt;
      this.refuse(`an array of ${bytes} bytes does not fit in the ${left} bytes of arrays that are left`);
    }
    if (this.failure !== undefined) return 0;
    for (let i = this.bulkAt + bytes; i < end; i++) {
      if (this.bulk[i] !== 0) this.failure = "the padding of an array is not zero";
    }
    this.taken = this.bulk.byteOffset + this.bulkAt;
    this.bulkAt = end;
    return count;
  }

  /** Four bytes, the high one first. */
  private word(): number {
    const { frame, at } = this;
    this.at += 4;
    return (frame[at] << 24) | (frame[at + 1] << 16) | (frame[at + 2] << 8) | frame[at + 3];
  }

  private takeEight(): boolean {
    if (!this.has(8)) return false;
    for (let i = 0; i < 8; i++) scratchBytes[i] = this.frame[this.at + i];
    this.at += 8;
    return true;
  }

  private has(bytes: number): boolean {
    if (this.at + bytes <= this.end) return true;
    this.refuse("the fields end too early");
    return false;
  }

  private key(): bigint {
    const isWholeSpan = this.flag();
    const key = this.takeEight() ? scratchKey[0] : 0n;
    if (isWholeSpan && key !== 0n) this.refuse("a key is above 2^64");
    return isWholeSpan ? wholeSpan : key;
  }

  /** A character of two to four bytes, of text that ends at `end`. */
  private wideCharacter(lead: number, end: number): string {
    const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    let code = lead & (0x7f >> size);
    for (let i = 1; i < size; i++) {
      const byte = this.at < end ? this.frame[this.at++] : 0;
      if ((byte & 0xc0) !== 0x80) code = -1;
      code = code < 0 ? -1 : (code << 6) | (byte & 63);
    }
    const least = size === 2 ? 0x80 : size === 3 ? 0x800 : 0x10000;
    const isSurrogate = code >= 0xd800 && code < 0xe000;
    if (lead < 0xc0 || lead > 0xf7 || code < least || code > 0x10ffff || isSurrogate) {
      this.refuse("a text is not UTF-8");
      return "";
    }
    return String.fromCodePoint(code);
  }
}
