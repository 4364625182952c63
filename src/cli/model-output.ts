/** The model that a run leaves: as a whole, or not at all where a signal comes before its last byte. */
import type { Model } from "../core/index.ts";
import { modelText, writeAtomically } from "../data/index.ts";
import { CommandError } from "./exit.ts";
import { dataError } from "./files.ts";
import type { Job } from "./job-file.ts";
import { say } from "./output.ts";
import type { SignalSeen } from "./signals.ts";

export interface ModelOutput {
  readonly out: string;
  readonly model: Model;
  readonly features: Job["features"];
  readonly signal: SignalSeen;
}

export async function writeModel({ out, model, features, signal }: ModelOutput): Promise<void> {
  const span = features === Number.MAX_SAFE_INTEGER ? undefined : features;
  const chunks = untilSignal(modelText(model, span), signal);
  const { bytes } = await dataError(() => writeAtomically(out, chunks));
  say(`model written to ${out} (${bytes} bytes)`);
}

function* untilSignal(chunks: Iterable<Uint8Array>, signal: SignalSeen): Generator<Uint8Array> {
  for (const chunk of chunks) {
    refuseStopped(signal);
    yield chunk;
  }
  refuseStopped(signal);
}

function refuseStopped({ code }: SignalSeen): void {
  if (code !== undefined) throw new CommandError(code, "stopped by a signal; the model was not written");
}
