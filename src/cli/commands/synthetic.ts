/** `tauring data synthetic OUT`: a data set from a seed, the same bytes on every machine. */
import { gzipSync } from "node:zlib";
import { syntheticChunks, type SyntheticOptions, writeAtomically } from "../../data/index.ts";
import { exitCodes } from "../exit.ts";
import { dataError } from "../files.ts";
import { say } from "../output.ts";

export async function synthetic(out: string, options: SyntheticOptions): Promise<number> {
  const chunks = syntheticChunks(options);
  const { bytes, sha256 } = await dataError(() =>
    writeAtomically(out, out.endsWith(".gz") ? zipped(chunks) : chunks),
  );
  say(`${out}: ${options.rows} rows, ${options.nonzeros} non-zeros, ${bytes} bytes, sha256 ${sha256}`);
  return exitCodes.success;
}

/** Members of gzip one after the other are gzip again. */
function* zipped(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) yield gzipSync(chunk);
}
