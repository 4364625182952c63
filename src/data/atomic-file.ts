/** Writes a file so that it is there as a whole or not at all, also when the disk fills up or the power goes. */
import { createHash } from "node:crypto";
import { type FileHandle, open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { fileError } from "./data-error.ts";

export interface Written {
  readonly bytes: number;
  readonly sha256: string;
}

let temporaryCount = 0;

/**
 * Writes the chunks beside the target, makes them durable, and only then gives the file its name. What is not a regular
 * file (`/dev/stdout`, a pipe) is written as it is.
 */
export async function writeAtomically(path: string, chunks: Iterable<Uint8Array>): Promise<Written> {
  try {
    const target = await realpath(path).catch(() => path);
    const found = await stat(target).catch(() => undefined);
    if (found !== undefined && !found.isFile() && !found.isDirectory())
      return await writeInPlace(target, chunks);
    const temporary = `${target}.tmp-${process.pid}-${temporaryCount++}`;
    try {
      const written = await writeNew(temporary, chunks);
      await rename(temporary, target);
      await makeDurable(dirname(target));
      return written;
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  } catch (error) {
    throw (error as { readonly syscall?: string }).syscall === undefined ? error : fileError(path, error);
  }
}

async function writeNew(path: string, chunks: Iterable<Uint8Array>): Promise<Written> {
  const file = await open(path, "wx");
  try {
    const written = await writeAll(file, chunks);
    await file.sync();
    return written;
  } finally {
    await file.close();
  }
}

async function writeInPlace(path: string, chunks: Iterable<Uint8Array>): Promise<Written> {
  const file = await open(path, "w");
  try {
    return await writeAll(file, chunks);
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, chunks: Iterable<Uint8Array>): Promise<Written> {
  const hash = createHash("sha256");
  let bytes = 0;
  for (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    for (let at = 0; at < chunk.length; ) {
      at += (await file.write(chunk, at, chunk.length - at, null)).bytesWritten;
    }
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Makes a rename in the folder survive a power failure, where the system can. */
async function makeDurable(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  try {
    await handle?.sync().catch(() => undefined);
  } finally {
    await handle?.close();
  }
}
