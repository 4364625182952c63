/** Stories of a job that goes on for long after servers joined, left and were lost, so that all that is to be made good is. */
import fc from "fast-check";
import type { ScenarioInput } from "../../scenario/scenario.ts";
import { consistencyOf, drawStory, type Faults, lossy, millis, provenance, usual } from "./story.ts";

const time = millis(500, 2500);

const story = fc
  .record({
    replicas: fc.integer({ min: 1, max: 2 }),
    workers: fc.integer({ min: 1, max: 2 }),
    tau: fc.constantFrom(0, 2),
    first: fc.nat(),
    joins: fc.integer({ min: 0, max: 2 }),
    ends: fc.constantFrom("crash", "crash", "preempt", "none"),
    times: fc.tuple(time, time, time),
    isLossy: fc.boolean(),
  })
  .map(({ replicas, workers, tau, first, joins, ends, times, isLossy }): ScenarioInput => {
    const servers = replicas + 2;
    const node = `server-${first % servers}`;
    const faults: Faults = [];
    for (let i = 0; i < joins; i++)
      faults.push({ kind: "join", node: `server-${servers + i}`, at: times[i] });
    if (ends === "crash") faults.push({ kind: "crash", node, at: times[2], restart: "never" });
    if (ends === "preempt") faults.push({ kind: "preempt", node, at: times[2], notice: "5s" });
    return {
      ...usual,
      name: "moving",
      why: "segments move, and the job goes on until all is made good",
      cluster: {
        servers,
        workers,
        replicas,
        virtualServers: 1,
        consistency: consistencyOf(tau),
      },
      limits: { fillChunkBytes: 64 },
      net: { default: isLossy ? lossy : {} },
      cost: { step: "400ms" },
      workload: provenance({ tasks: 24, graph: "tau", keys: 20, keysPerRequest: 4, readsPerTask: 1 }),
      horizon: "120s",
      faults,
    };
  });

export function movingStoryOf(seed: number): ScenarioInput {
  return drawStory(story, seed);
}
