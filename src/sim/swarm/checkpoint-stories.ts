/** Stories of a small job that is saved at every pass, while those that save it are paused and lost. */
import fc from "fast-check";
import type { ScenarioInput } from "../scenario/scenario.ts";
import { smallJobFile } from "./random-scenario.ts";

const time = fc.integer({ min: 50, max: 900 }).map((ms) => `${ms}ms`);
const pause = fc.integer({ min: 20, max: 600 }).map((ms) => `${ms}ms`);

/** Masters are asked late, and twice. */
const lossy = {
  mode: "datagram" as const,
  delay: { exponential: { mean: "3ms" } },
  loss: 0.1,
  duplicate: 0.05,
  reorder: 0.2,
};

const story = fc
  .record({
    servers: fc.integer({ min: 2, max: 3 }),
    workers: fc.integer({ min: 1, max: 3 }),
    isSequential: fc.boolean(),
    victim: fc.constantFrom("server", "scheduler", "worker", "none"),
    isCrash: fc.boolean(),
    at: time,
    length: pause,
    kept: fc.integer({ min: 1, max: 3 }),
    isLossy: fc.boolean(),
    step: fc.constantFrom("1ms", "10ms"),
  })
  .map(({ servers, workers, isSequential, victim, isCrash, at, length, kept, ...drawn }): ScenarioInput => {
    const node = `${victim}-0`;
    const faults: NonNullable<ScenarioInput["faults"]> = [];
    if (victim !== "none" && isCrash) faults.push({ kind: "crash", node, at, restart: length });
    else if (victim !== "none") faults.push({ kind: "pause", node, at, for: length });
    return {
      schema: "tauring.scenario/1",
      name: "saved",
      why: "a job is saved at each pass, whoever is away meanwhile",
      cluster: {
        servers,
        workers,
        replicas: 1,
        schedulers: 2,
        consistency: isSequential ? { kind: "sequential" } : { kind: "bounded", tau: 2 },
      },
      checkpoint: { everyPasses: 1, checkpointsKept: kept },
      timing: { suspect: "300ms" },
      net: { default: drawn.isLossy ? lossy : {} },
      cost: { step: drawn.step },
      workload: [{ kind: "train", job: smallJobFile, options: { passesMax: 4 } }],
      horizon: "60s",
      eventsMax: 300_000,
      faults,
    };
  });

export function checkpointStoryOf(seed: number): ScenarioInput {
  return { ...fc.sample(story, { seed, numRuns: 1 })[0], seed };
}
