/** A small job that is saved as each pass begins, what is done to it, and what it tells. */
import type { Fact } from "../../../src/observe/index.ts";
import { CheckpointDisk, type ScenarioInput, scenarioSchema } from "../../../src/sim/index.ts";
import { type DrawnRun, runDrawn, smallJobFile } from "../drawn-run.ts";

export interface Told {
  readonly run: DrawnRun;
  readonly facts: readonly Fact[];
}

export type SavedStory = (cluster: Partial<ScenarioInput["cluster"]>, more?: object) => ScenarioInput;

/** `usual` is what the stories of a test have in common, beside this. */
export function savedStories(usual: Partial<ScenarioInput>): SavedStory {
  return (cluster, more = {}) =>
    ({
      schema: "tauring.scenario/1",
      name: "saved",
      why: "as the test says",
      seed: 1,
      cluster: { servers: 3, workers: 2, slots: 2, consistency: { kind: "sequential" }, ...cluster },
      checkpoint: { everyPasses: 1 },
      cost: { nonzerosPerSecond: 1e5, step: "1ms" },
      workload: [{ kind: "train", job: smallJobFile }],
      horizon: "60s",
      ...usual,
      ...more,
    }) as ScenarioInput;
}

interface Aside {
  readonly disk?: CheckpointDisk;
  /** The checkpoint that it goes on from. */
  readonly resume?: string;
  /** Hears of each fact as it comes, with all so far. */
  readonly hears?: (fact: Fact, facts: readonly Fact[]) => void;
}

export function tell(input: ScenarioInput, { disk = new CheckpointDisk(), resume, hears }: Aside = {}): Told {
  const facts: Fact[] = [];
  const observe = (fact: Fact): void => {
    facts.push(fact);
    hears?.(fact, facts);
  };
  return { run: runDrawn(scenarioSchema.parse(input), observe, { disk, resume }), facts };
}

export function factsOf(facts: readonly Fact[], type: Fact["fact"]["type"]): readonly Fact[] {
  return facts.filter(({ fact }) => fact.type === type);
}

export function verdictOf({ run }: Told): readonly [string | undefined, string] {
  return [run.report.reason, run.report.verdict];
}

export function crash(node: string, at: number, restart: string = "never"): object {
  return { kind: "crash", node, at: `${Math.ceil(at)}us`, restart };
}
