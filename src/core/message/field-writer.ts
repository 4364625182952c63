/** Writes the fields of a message, and notes the arrays that follow them. What it writes, `FieldReader` reads. */
import { assert } from "../assert.ts";
import { roleNumber, roles } from "../ids.ts";
import type { NodeId } from "../ids.ts";
import type { KeyRange } from "../keys/key-range.ts";
import { allocateFrame } from "./frame.ts";
import { FrameSlab, type WireArray } from "./frame-slab.ts";

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const wholeSpan = 2n ** 64n;
/** Of each ASCII character, its value as a hexadecimal digit in lower case, or -1. */
const digitOf: Int8Array = Int8Array.from({ length: 128 }, (_, code) =>
  "0123456789abcdef".indexOf(String.fromCharCode(code)),
);
const eightBytes = new Uint8Array(8);
const asFloat = new Float64Array(eightBytes.buffer);
const asKey = new BigUint64Array(eightBytes.buffer);

/** Fields are written where they will be in their frame, as long as that is a small one. */
export class FieldWriter {
  readonly arrays: WireArray[] = [];
  /** Bytes of all arrays, each rounded up to a multiple of 8. */
  arrayBytes: number = 0;
  private readonly slab: FrameSlab = new FrameSlab();
  /** Bytes of a frame that come before its fields. */
  private readonly fieldsAt: number;
  /** The slab's, or memory of its own where the fields were too many. */
  private scratch: Uint8Array = new Uint8Array(0);
  private begin: number = 0;
  private at: number = 0;
  private isInSlab: boolean = false;

  constructor(fieldsAt: number) {
    assert(isLittleEndian, "this machine is little-endian, as the wire is");
    this.fieldsAt = fieldsAt;
  }

  get length(): number {
    return this.at - this.begin;
  }

  /** Makes ready for the next message, and keeps no memory that was large, and no array. */
  reset(): void {
    if (this.isInSlab && this.at > this.begin) this.scratch.fill(0, this.begin, this.at);
    this.arrayBytes = 0;
    // Popped: to set the length of an array is a slow store.
    while (this.arrays.length > 0) this.arrays.pop();
    this.scratch = this.slab.open();
    this.begin = this.slab.frameBegin + this.fieldsAt;
    this.at = this.begin;
    this.isInSlab = true;
  }

  /** A frame of `size` bytes with the fields in it, and zeros everywhere else. */
  takeFrame(size: number): Uint8Array {
    if (this.isInSlab && this.slab.fits(size)) {
      this.isInSlab = false;
      return this.slab.close(size);
    }
    const frame = allocateFrame(size);
    frame.set(this.scratch.subarray(this.begin, this.at), this.fieldsAt);
    return frame;
  }

  /** Puts the arrays into a frame that was taken, from `begin` on. */
  writeArrays(frame: Uint8Array, begin: number): void {
    let at = begin;
    for (const array of this.arrays) {
      if (!this.slab.place(array, frame, at)) {
        frame.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
      }
      at += (array.byteLength + 7) & ~7;
    }
  }

  flag(claim: boolean): void {
    this.byte(claim ? 1 : 0);
  }

  byte(value: number): void {
    this.reserve(1);
    this.scratch[this.at++] = value;
  }

  varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, () => `${value} is a non-negative safe integer`);
    this.reserve(8);
    let rest = value;
    while (rest > 0x7fffffff) {
      this.scratch[this.at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.scratch[this.at++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.scratch[this.at++] = rest;
  }

  float64(value: number): void {
    asFloat[0] = value;
    this.eight();
  }

  /** UTF-8, with its length in bytes before it; a lone surrogate becomes U+FFFD. */
  text(value: string): void {
    const bytes = utf8Length(value);
    this.varint(bytes);
    this.reserve(bytes);
    if (bytes > value.length) this.at = writeUtf8(value, this.scratch, this.at);
    else for (let i = 0; i < value.length; i++) this.scratch[this.at++] = value.charCodeAt(i);
  }

  /** 32 hexadecimal digits, as 16 bytes. */
  hash(value: string): void {
    assert(value.length === 32, () => `the hash "${value}" has 32 hexadecimal digits`);
    this.reserve(16);
    let all = 0;
    for (let i = 0; i < 32; i += 2) {
      const high = hexDigit(value.charCodeAt(i));
      const low = hexDigit(value.charCodeAt(i + 1));
      all |= high | low;
      this.scratch[this.at++] = (high << 4) | low;
    }
    assert(all >= 0, () => `the hash "${value}" has hexadecimal digits in lower case`);
  }

  node(id: NodeId): void {
    const role = roleNumber(id);
    this.byte(role);
    let number = 0;
    for (let i = roles[role].length + 1; i < id.length; i++) number = 10 * number + id.charCodeAt(i) - 48;
    this.varint(number);
  }

  range(range: KeyRange): void {
    assert(
      range.begin >= 0n && range.begin <= range.end && range.end <= wholeSpan,
      () => `the range [${range.begin}, ${range.end}) lies in [0, 2^64]`,
    );
    this.key(range.begin);
    this.key(range.end);
  }

  /** Strictly ascending integers, as the first and then the gaps. */
  ascending(values: readonly number[]): void {
    this.varint(values.length);
    let previous = -1;
    for (const value of values) {
      assert(value > previous, () => `${value} after ${previous} is ascending`);
      this.varint(value - previous - 1);
      previous = value;
    }
  }

  array(values: WireArray): void {
    this.arrays.push(values);
    this.arrayBytes += (values.byteLength + 7) & ~7;
  }

  /** 2^64 has no 64 bits: a byte says it. */
  private key(key: bigint): void {
    this.flag(key === wholeSpan);
    asKey[0] = key === wholeSpan ? 0n : key;
    this.eight();
  }

  private eight(): void {
    this.reserve(8);
    for (let i = 0; i < 8; i++) this.scratch[this.at + i] = eightBytes[i];
    this.at += 8;
  }

  private reserve(bytes: number): void {
    if (this.at + bytes > this.scratch.length) this.moveOut(bytes);
  }

  /** To memory of its own, with room for `bytes` more. */
  private moveOut(bytes: number): void {
    const { length } = this;
    const larger = new Uint8Array(Math.max(2 * length, length + bytes, 4096));
    larger.set(this.scratch.subarray(this.begin, this.at));
    if (this.isInSlab) this.scratch.fill(0, this.begin, this.at);
    this.isInSlab = false;
    this.scratch = larger;
    this.begin = 0;
    this.at = length;
  }
}

/** -1: it is none. */
function hexDigit(code: number): number {
  return code < 128 ? digitOf[code] : -1;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) < 0x80) bytes++;
    else {
      const code = text.codePointAt(i) as number;
      bytes += utf8Bytes(code);
      if (code > 0xffff) i++;
    }
  }
  return bytes;
}

/** A lone surrogate takes three bytes, as U+FFFD does. */
function utf8Bytes(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}

function writeUtf8(text: string, out: Uint8Array, begin: number): number {
  let at = begin;
  for (let i = 0; i < text.length; i++) {
    let code = text.codePointAt(i) as number;
    if (code > 0xffff) i++;
    if (code >= 0xd800 && code < 0xe000) code = 0xfffd;
    const size = utf8Bytes(code);
    if (size === 1) {
      out[at++] = code;
      continue;
    }
    const lead = size === 2 ? 0xc0 : size === 3 ? 0xe0 : 0xf0;
    out[at++] = lead | (code >>> (6 * (size - 1)));
    for (let shift = 6 * (size - 2); shift >= 0; shift -= 6) out[at++] = 0x80 | ((code >>> shift) & 63);
  }
  return at;
}
