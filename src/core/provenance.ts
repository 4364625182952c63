/**
 * What a push leaves in each of its keys of a provenance parameter: [1, h1, h2], two 26-bit hashes of its identity. Rows
 * are added, so that a value is a hash of the multiset of pushes that it contains: a push that is applied twice counts
 * twice. Exact in float64 up to 2^27 pushes.
 */
import { mix32 } from "./keys/mix.ts";
import type { PushIdentity } from "./identities.ts";

export const provenanceWidth = 3;

export function provenanceRow({ parameter, slot, time, op }: PushIdentity): readonly [1, number, number] {
  const place = mix32(mix32(parameter, slot), mix32(time % 2 ** 32, Math.floor(time / 2 ** 32)));
  return [1, mix32(place, 2 * op) >>> 6, mix32(place ^ 0x9e3779b9, 2 * op + 1) >>> 6];
}
