/** Stories of a small job that is saved at every pass, while those that save it are paused and lost. */
import fc from "fast-check";
import type { ScenarioInput } from "../../scenario/scenario.ts";
import { smallJobFile } from "../random-scenario.ts";
import { drawStory, type Faults, lossy, millis, usual } from "./story.ts";

const time = millis(50, 900);
const pause = millis(20, 600);

/** Masters are asked late, and twice. */
const late = { ...lossy, delay: { exponential: { mean: "3ms" } }, loss: 0.1 };

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
    const faults: Faults = [];
    if (victim !== "none" && isCrash) faults.push({ kind: "crash", node, at, restart: length });
    else if (victim !== "none") faults.push({ kind: "pause", node, at, for: length });
    return {
      ...usual,
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
      net: { default: drawn.isLossy ? late : {} },
      cost: { step: drawn.step },
      workload: [{ kind: "train", job: smallJobFile, options: { passesMax: 4 } }],
      horizon: "60s",
      faults,
    };
  });

export function checkpointStoryOf(seed: number): ScenarioInput {
  return drawStory(story, seed);
}
