/** Which plans a mutant is made of: its seed says so. */
import type { ScenarioInput } from "../../sim/index.ts";
import type { RunKind } from "../../sim/swarm/index.ts";

export function parentsOf(
  seed: number,
  kind: RunKind,
  from: readonly ScenarioInput[],
): readonly ScenarioInput[] {
  if ((kind !== "novel" && kind !== "mutant") || from.length === 0) return [];
  return [from[seed % from.length], from[Math.floor(seed / from.length) % from.length]];
}
