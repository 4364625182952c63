/** The one file of src/data that opens data files: plain or gzip, told apart by their first bytes. */
import { closeSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline, Readable } from "node:stream";
import { createGunzip, gunzipSync } from "node:zlib";
import type { Examples, ShareSummary } from "../core/index.ts";
import { fileError } from "./data-error.ts";
import { ShareParser } from "./share-parser.ts";
import type { DataSource } from "./source.ts";

export interface LoadedShare {
  readonly examples: Examples;
  readonly summary: ShareSummary;
}

const chunkBytes = 1024 * 1024;

/** Loads share `slot` of `slotCount`, file by file, without ever holding one in memory. */
export async function loadShare(source: DataSource, slot: number, slotCount: number): Promise<LoadedShare> {
  const begin = performance.now();
  const parser = new ShareParser(source, { slot, slotCount });
  for (const path of source.paths) {
    parser.beginFile(path);
    for await (const chunk of chunksOf(path)) parser.write(chunk);
    parser.endFile();
  }
  return loaded(parser, Math.round((performance.now() - begin) * 1000));
}

/** Whether any row has a feature; reads up to the first that has. */
export async function hasFeature(source: DataSource): Promise<boolean> {
  const parser = new ShareParser(source, { slot: 0, slotCount: 1 });
  for (const path of source.paths) {
    parser.beginFile(path);
    for await (const chunk of chunksOf(path)) {
      parser.write(chunk);
      if (parser.nonzeros > 0) return true;
    }
    parser.endFile();
  }
  return parser.nonzeros > 0;
}

/**
 * The same without waiting, for the simulator: `loadMicros` is 0, because a clock would make two runs differ. A gzip file is
 * unpacked as a whole.
 */
export function loadShareSync(source: DataSource, slot: number, slotCount: number): LoadedShare {
  const parser = new ShareParser(source, { slot, slotCount });
  for (const path of source.paths) {
    parser.beginFile(path);
    for (const chunk of chunksOfSync(path)) parser.write(chunk);
    parser.endFile();
  }
  return loaded(parser, 0);
}

/** A share of bytes that are in memory; `source.paths[0]` names them in errors. */
export function parseExamples(
  chunks: Iterable<Uint8Array>,
  source: DataSource,
  slot: number,
  slotCount: number,
): LoadedShare {
  const parser = new ShareParser(source, { slot, slotCount });
  parser.beginFile(source.paths[0]);
  for (const chunk of chunks) parser.write(chunk);
  parser.endFile();
  return loaded(parser, 0);
}

function loaded(parser: ShareParser, loadMicros: number): LoadedShare {
  const examples = parser.finish();
  const { rows, columns } = examples;
  return {
    examples,
    summary: { rows, nonzeros: columns.length, badLines: parser.badLines, loadMicros },
  };
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  const raw = rawChunksOf(path);
  try {
    const first = await raw.next();
    if (first.done === true) return;
    if (!isGzip(first.value)) {
      yield first.value;
      yield* raw;
      return;
    }
    const packed = Readable.from(rejoin(first.value, raw), { objectMode: false });
    // Errors of either stream come out of the loop below.
    yield* pipeline(packed, createGunzip({ chunkSize: chunkBytes }), () => undefined);
  } catch (error) {
    throw fileError(path, error);
  } finally {
    await raw.return(undefined);
  }
}

async function* rejoin(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** Asks for the next chunk before it gives one away, so that reading and parsing overlap. */
async function* rawChunksOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  const read = (): Promise<Uint8Array> => {
    const chunk = file
      .read(Buffer.allocUnsafeSlow(chunkBytes), 0, chunkBytes, null)
      .then(({ bytesRead, buffer }) => buffer.subarray(0, bytesRead));
    // A failure is thrown where the chunk is awaited; until then it is nobody's.
    chunk.catch(() => undefined);
    return chunk;
  };
  let next = read();
  try {
    for (;;) {
      const chunk = await next;
      if (chunk.length === 0) return;
      next = read();
      yield chunk;
    }
  } finally {
    await next.catch(() => undefined);
    await file.close();
  }
}

function* chunksOfSync(path: string): Generator<Uint8Array> {
  const raw = rawChunksOfSync(path);
  try {
    const first = raw.next();
    if (first.done === true) return;
    if (isGzip(first.value)) {
      const packed = Buffer.concat([first.value, ...raw]);
      yield gunzipSync(packed, { chunkSize: chunkBytes });
      return;
    }
    yield first.value;
    yield* raw;
  } catch (error) {
    throw fileError(path, error);
  } finally {
    raw.return(undefined);
  }
}

function* rawChunksOfSync(path: string): Generator<Uint8Array> {
  const file = openSync(path, "r");
  try {
    for (;;) {
      const buffer = new Uint8Array(chunkBytes);
      const bytesRead = readSync(file, buffer, 0, chunkBytes, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    closeSync(file);
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes.length >= 2 && bytes[0] === 0x1f && bytes[1] === 0x8b;
}
