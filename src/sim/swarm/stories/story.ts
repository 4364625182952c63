/** What stories are made of: each is a scenario of one kind, drawn from a seed. */
import fc from "fast-check";
import type { ScenarioInput } from "../../scenario/scenario.ts";

export type Faults = NonNullable<ScenarioInput["faults"]>;
type Cluster = NonNullable<ScenarioInput["cluster"]>;

/** Frames get lost, come twice, and overtake each other. */
export const lossy = { mode: "datagram", loss: 0.02, duplicate: 0.05, reorder: 0.2 } as const;

/** Who is silent is noticed soon, and a story that would go on for ever ends. */
export const usual = {
  schema: "tauring.scenario/1",
  timing: { suspect: "300ms" },
  eventsMax: 300_000,
} as const;

export function consistencyOf(tau: number | null): Cluster["consistency"] {
  if (tau === null) return { kind: "eventual" };
  return tau === 0 ? { kind: "sequential" } : { kind: "bounded", tau };
}

/** Work whose values say what they contain. */
export function provenance(options: Readonly<Record<string, number | string>>): ScenarioInput["workload"] {
  return [{ kind: "application", application: "provenance", options }];
}

/** How many milliseconds, as scenarios write it. */
export function millis(min: number, max: number): fc.Arbitrary<string> {
  return fc.integer({ min, max }).map((ms) => `${ms}ms`);
}

export function drawStory(story: fc.Arbitrary<ScenarioInput>, seed: number): ScenarioInput {
  return { ...fc.sample(story, { seed, numRuns: 1 })[0], seed };
}
