/** Puts a job's outcome together again from the parts that its scheduler sends. */
import type * as grpc from "@grpc/grpc-js";
import type { JobResult, Model } from "../../core/index.ts";
import type { OutcomePart } from "./outcome-keeper.ts";

/** A key and its weight. */
const entryBytes = 16;
/** Far above any model that fits into the cluster's memory: 2^32 keys. */
const modelKeysMax = 2 ** 32;

export function readOutcome(call: grpc.ClientReadableStream<OutcomePart>): Promise<JobResult> {
  return new Promise((resolve, reject) => {
    let first: OutcomePart | undefined = undefined;
    const parts: Uint8Array[] = [];
    let bytes = 0;
    call.on("data", (part: OutcomePart) => {
      first ??= part;
      const model = part.model ?? new Uint8Array(0);
      bytes += model.length;
      parts.push(model);
      if (bytes <= announcedBytes(first)) return;
      reject(new Error(`more than the ${announcedBytes(first)} bytes of model that were announced`));
      call.cancel();
    });
    call.on("error", (error: grpc.ServiceError) => reject(new Error(error.details || error.message)));
    call.on("end", () => {
      if (first === undefined) return;
      if (bytes !== announcedBytes(first)) {
        return reject(new Error(`${bytes} bytes of a model of ${announcedBytes(first)}`));
      }
      const rest = JSON.parse(first.json ?? "{}") as Omit<JobResult, "model">;
      resolve({ ...rest, model: first.hasModel === true ? modelOf(parts, bytes) : undefined });
    });
  });
}

function announcedBytes(first: OutcomePart): number {
  return entryBytes * Math.min(first.modelKeys ?? 0, modelKeysMax);
}

function modelOf(parts: readonly Uint8Array[], size: number): Model {
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return {
    keys: new Uint32Array(all.buffer, 0, size / 8),
    weights: new Float64Array(all.buffer, size / 2, size / entryBytes),
  };
}
