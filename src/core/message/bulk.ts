/**
 * The arrays of a frame: written once, in order, each at a multiple of 8; with snappy in blocks of 64 KB, each kept
 * as it is where it does not shrink. A block is preceded by its size in four bytes, whose top bit says "kept".
 */
import type { Compressor } from "../compressor.ts";
import type { WireArray } from "./frame-slab.ts";

const blockBytes = 65536;
const keptBit = 0x80000000;
/** Less than this is not worth a call. */
const compressedBytesMin = 64;
/** What snappy can reach is near 21: more is a lie about the size. */
const expansionMax = 64;
const expansionSlackBytes = 4096;

function writeArrays(arrays: readonly WireArray[], out: Uint8Array, begin: number): void {
  let at = begin;
  for (const array of arrays) {
    out.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += (array.byteLength + 7) & ~7;
  }
}

export interface Block {
  readonly bytes: Uint8Array;
  readonly isKept: boolean;
}

/** The blocks and their size with their heads, or undefined where that is no smaller. */
export function compressArrays(
  arrays: readonly WireArray[],
  arrayBytes: number,
  compressor: Compressor,
): { readonly blocks: readonly Block[]; readonly size: number } | undefined {
  if (arrayBytes < compressedBytesMin) return undefined;
  const plain = new Uint8Array(arrayBytes);
  writeArrays(arrays, plain, 0);
  const blocks: Block[] = [];
  let size = 0;
  for (let begin = 0; begin < arrayBytes; begin += blockBytes) {
    const block = plain.subarray(begin, begin + blockBytes);
    const compressed = compressor.compress(block);
    const isKept = compressed.length >= block.length;
    blocks.push({ bytes: isKept ? block : compressed, isKept });
    size += 4 + blocks[blocks.length - 1].bytes.length;
  }
  return size < arrayBytes ? { blocks, size } : undefined;
}

export function writeBlocks(blocks: readonly Block[], out: Uint8Array, begin: number): void {
  let at = begin;
  for (const { bytes, isKept } of blocks) {
    writeUint32(out, at, isKept ? bytes.length + keptBit : bytes.length);
    out.set(bytes, at + 4);
    at += 4 + bytes.length;
  }
}

export type Uncompressed =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: string };

/** `size` is what the frame says that the arrays have; no memory is taken before every block's claim was checked. */
export function uncompressArrays(blocks: Uint8Array, size: number, compressor: Compressor): Uncompressed {
  const reason = checkBlocks(blocks, size);
  if (reason !== undefined) return { ok: false, reason };
  const bytes = new Uint8Array(size);
  let at = 0;
  for (let begin = 0; begin < size; begin += blockBytes) {
    const head = readUint32(blocks, at);
    const block = blocks.subarray(at + 4, at + 4 + (head & ~keptBit));
    const expected = Math.min(blockBytes, size - begin);
    const plain = head >= keptBit ? block : uncompress(block, expected, compressor);
    if (plain?.length !== expected) return { ok: false, reason: "a compressed block is malformed" };
    bytes.set(plain, begin);
    at += 4 + block.length;
  }
  return { ok: true, bytes };
}

function checkBlocks(blocks: Uint8Array, size: number): string | undefined {
  let at = 0;
  for (let begin = 0; begin < size; begin += blockBytes) {
    if (at + 4 > blocks.length) return "the compressed blocks end too early";
    const head = readUint32(blocks, at);
    const length = (head & ~keptBit) >>> 0;
    at += 4;
    if (length > blocks.length - at) return `a block of ${length} bytes is longer than the frame`;
    const expected = Math.min(blockBytes, size - begin);
    const declared = head >= keptBit ? length : snappyLength(blocks, at, at + length);
    if (declared !== expected) return `a block of ${expected} bytes says that it has ${declared}`;
    if (declared > expansionMax * length + expansionSlackBytes) {
      return `a block of ${length} bytes says that it grows to ${declared}`;
    }
    at += length;
  }
  return at === blocks.length ? undefined : `${blocks.length - at} bytes follow the compressed blocks`;
}

/** The uncompressed length that snappy's data begins with, or undefined where there is none. */
function snappyLength(bytes: Uint8Array, begin: number, end: number): number | undefined {
  let length = 0;
  for (let i = 0; i < 5 && begin + i < end; i++) {
    const byte = bytes[begin + i];
    length += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return length;
  }
  return undefined;
}

function uncompress(block: Uint8Array, size: number, compressor: Compressor): Uint8Array | undefined {
  try {
    return compressor.uncompress(block, size);
  } catch {
    return undefined;
  }
}

export function writeUint32(out: Uint8Array, at: number, value: number): void {
  out[at] = value;
  out[at + 1] = value >>> 8;
  out[at + 2] = value >>> 16;
  out[at + 3] = value >>> 24;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
