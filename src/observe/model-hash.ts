/** The hash of a model's bits: equal models, and no others, have equal hashes. */
import { createHash } from "node:crypto";
import type { Model } from "../core/index.ts";

/** SHA-256 over the keys and weights as they lie in memory (little-endian), in key order, as hexadecimal. */
export function modelHash(model: Model): string {
  const hash = createHash("sha256");
  for (const array of [model.keys, model.weights]) {
    hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
  }
  return hash.digest("hex");
}
