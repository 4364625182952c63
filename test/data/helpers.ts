import { parseExamples } from "../../src/data/index.ts";
import type { DataSource, LoadedShare } from "../../src/data/index.ts";

export const libsvm: DataSource = { paths: ["test.svm"], format: "libsvm", badLines: "fail" };

export function bytes(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** Parses text as one share, cut into chunks of `chunkBytes`. */
export function parse(text: string, source: DataSource = libsvm, chunkBytes = 1 << 20): LoadedShare {
  return parseExamples(chunksOf(text, chunkBytes), source, 0, 1);
}

export function chunksOf(text: string, chunkBytes: number): Uint8Array[] {
  const all = bytes(text);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < all.length; at += chunkBytes) chunks.push(all.slice(at, at + chunkBytes));
  return chunks;
}

/** The examples as people read them. */
export function rowsOf({
  examples,
}: LoadedShare): { label: number; entries: [key: bigint, value: number][] }[] {
  const { pairs } = examples.keys;
  return Array.from({ length: examples.rows }, (_, i) => {
    const entries: [bigint, number][] = [];
    for (let e = examples.rowStarts[i]; e < examples.rowStarts[i + 1]; e++) {
      const column = examples.columns[e];
      const key = (BigInt(pairs[2 * column + 1]) << 32n) | BigInt(pairs[2 * column]);
      entries.push([key, examples.values === undefined ? 1 : examples.values[e]]);
    }
    return { label: examples.labels[i], entries };
  });
}
