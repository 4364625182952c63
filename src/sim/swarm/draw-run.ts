/** What the swarm runs for a seed: most runs are drawn anew, the others follow what is known to be interesting. */
import fc from "fast-check";
import type { ScenarioInput } from "../scenario/scenario.ts";
import { Random } from "../world/random.ts";
import { withExactPulls } from "./exact-pulls.ts";
import { mutate } from "./mutate.ts";
import { faultFamilies } from "./random-faults.ts";
import { withTriggeredFaults } from "./triggered-faults.ts";
import { randomScenario } from "./random-scenario.ts";

/** In percent, of all seeds. The rest is drawn. */
const shares = { calm: 5, mutant: 10, novel: 10, triggered: 15 } as const;

export type RunKind =
  /** Cluster, world, work and faults are drawn, with whole families of trouble off. */
  | "drawn"
  /** Nothing goes wrong: what the others are compared with. */
  | "calm"
  /** Drawn, with faults that wait for a fact and mean whoever plays a part then. */
  | "triggered"
  /** A scenario that is kept, changed a little. */
  | "mutant"
  /** The same with a plan that reached something new earlier in this swarm. */
  | "novel";

export function kindOf(seed: number): RunKind {
  let percent = new Random(`${seed}/kind`).unit() * 100;
  for (const kind of ["calm", "mutant", "novel", "triggered"] as const) {
    percent -= shares[kind];
    if (percent < 0) return kind;
  }
  return "drawn";
}

const drawn = randomScenario(faultFamilies);

/** `parents` are what a mutant is made of: one plan to change, and another to take from. Without any it is drawn. */
export function drawRun(seed: number, kind: RunKind, parents: readonly ScenarioInput[]): ScenarioInput {
  const [fresh] = fc.sample(drawn, { seed, numRuns: 1 });
  const named = { name: `swarm-${seed}`, why: `Drawn by the swarm from seed ${seed} (${kind})` };
  if (kind === "calm") return { ...calm(fresh), ...named };
  if (kind === "triggered")
    return { ...withExactPulls(withTriggeredFaults(fresh, new Random(`${seed}/triggered`))), ...named };
  const [parent, other] = parents;
  if (kind === "drawn" || parent === undefined) return { ...fresh, ...named };
  return {
    ...withExactPulls(mutate({ parent, other: other ?? fresh, fresh }, new Random(`${seed}/mutate`))),
    ...named,
  };
}

/** The same cluster and work in a world without trouble. */
function calm({ faults: _, limits: __, phases: ___, ...scenario }: ScenarioInput): ScenarioInput {
  return { ...scenario, net: { default: { delay: scenario.net?.default?.delay } } };
}
