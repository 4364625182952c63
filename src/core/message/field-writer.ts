/** Writes the fields of a message, and notes the arrays that follow them. What it writes, `FieldReader` reads. */
import { assert } from "../assert.ts";
import { roleNumber, roles } from "../ids.ts";
import type { NodeId } from "../ids.ts";
import type { KeyRange } from "../keys/key-range.ts";

/** What travels as bytes: little-endian, each at a multiple of 8. */
export type WireArray = Uint8Array | Uint32Array | Float32Array | Float64Array;

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const scratchBytes = 4096;
const wholeSpan = 2n ** 64n;

export class FieldWriter {
  readonly arrays: WireArray[] = [];
  /** Bytes of all arrays, each rounded up to a multiple of 8. */
  arrayBytes: number = 0;
  length: number = 0;
  private scratch: Uint8Array = new Uint8Array(scratchBytes);
  private view: DataView = new DataView(this.scratch.buffer);

  constructor() {
    assert(isLittleEndian, "this machine is little-endian, as the wire is");
  }

  /** Makes ready for the next message, and keeps no memory that was large, and no array. */
  reset(): void {
    this.length = 0;
    this.arrayBytes = 0;
    this.arrays.length = 0;
    if (this.scratch.length > scratchBytes) this.replaceScratch(scratchBytes);
  }

  /** Copies the fields written since the last `reset`. */
  copyFields(out: Uint8Array, begin: number): void {
    out.set(this.scratch.subarray(0, this.length), begin);
  }

  flag(claim: boolean): void {
    this.byte(claim ? 1 : 0);
  }

  byte(value: number): void {
    this.reserve(1);
    this.scratch[this.length++] = value;
  }

  varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, () => `${value} is a non-negative safe integer`);
    this.reserve(8);
    let rest = value;
    while (rest > 0x7fffffff) {
      this.scratch[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.scratch[this.length++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.scratch[this.length++] = rest;
  }

  float64(value: number): void {
    this.reserve(8);
    this.view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** UTF-8, with its length in bytes before it; a lone surrogate becomes U+FFFD. */
  text(value: string): void {
    const { bytes, isAscii } = measureText(value);
    this.varint(bytes);
    this.reserve(bytes);
    if (!isAscii) {
      this.length = writeUtf8(value, this.scratch, this.length);
      return;
    }
    for (let i = 0; i < value.length; i++) this.scratch[this.length++] = value.charCodeAt(i);
  }

  /** 32 hexadecimal digits, as 16 bytes. */
  hash(value: string): void {
    assert(value.length === 32, () => `the hash "${value}" has 32 hexadecimal digits`);
    this.reserve(16);
    for (let i = 0; i < 32; i += 2) {
      const high = hexDigit(value.charCodeAt(i));
      const low = hexDigit(value.charCodeAt(i + 1));
      assert((high | low) >= 0, () => `the hash "${value}" has hexadecimal digits in lower case`);
      this.scratch[this.length++] = (high << 4) | low;
    }
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
    this.reserve(8);
    this.view.setBigUint64(this.length, key === wholeSpan ? 0n : key, true);
    this.length += 8;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.scratch.length) return;
    this.replaceScratch(Math.max(2 * this.scratch.length, this.length + bytes));
  }

  private replaceScratch(size: number): void {
    const old = this.scratch;
    this.scratch = new Uint8Array(size);
    this.scratch.set(old.subarray(0, this.length));
    this.view = new DataView(this.scratch.buffer);
  }
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 97 && code <= 102 ? code - 87 : -1;
}

function measureText(text: string): { readonly bytes: number; readonly isAscii: boolean } {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.codePointAt(i) as number;
    bytes += utf8Bytes(code);
    if (code > 0xffff) i++;
  }
  return { bytes, isAscii: bytes === text.length };
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
