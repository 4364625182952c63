/** `tauring data synthetic OUT`: a data set from a seed, the same bytes on every machine. */
import { gzipSync } from "node:zlib";
import { syntheticChunks, type SyntheticOptions, writeAtomically } from "../../data/index.ts";
import { CommandError, exitCodes, isWeather } from "../exit.ts";
import { checkOutput, dataError } from "../files.ts";
import { say } from "../output.ts";
import { megabytes } from "../progress-line.ts";
import { RunStatus } from "../run-status.ts";

export async function synthetic(out: string, options: SyntheticOptions): Promise<number> {
  checkOutput("OUT", out);
  const status = new RunStatus(`writing ${out}`);
  try {
    const chunks = counted(syntheticChunks(options), status, out);
    const { bytes, sha256 } = await dataError(() =>
      writeAtomically(out, out.endsWith(".gz") ? zipped(chunks) : chunks),
    );
    status.end();
    say(`${out}: ${options.rows} rows, ${options.nonzeros} non-zeros, ${bytes} bytes`);
    say(`sha256 ${sha256}`);
    return exitCodes.success;
  } catch (error) {
    // What is wrong with an option begins with its name.
    const isOption = isWeather(error) && /^(rows|features|nonzeros): /.test(error.message);
    throw isOption ? new CommandError(exitCodes.usage, `--${error.message}`) : error;
  } finally {
    status.end();
  }
}

function* counted(chunks: Iterable<Uint8Array>, status: RunStatus, out: string): Generator<Uint8Array> {
  let bytes = 0;
  for (const chunk of chunks) {
    bytes += chunk.length;
    status.detail(`writing ${out}: ${megabytes(bytes)}`);
    yield chunk;
  }
}

/** Members of gzip one after the other are gzip again. */
function* zipped(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const chunk of chunks) yield gzipSync(chunk);
}
