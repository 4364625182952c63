/** Stories of several servers that are told to leave at once and hand over at leisure, while others join, pause and are lost. */
import fc from "fast-check";
import type { ScenarioInput } from "../../scenario/scenario.ts";
import { consistencyOf, drawStory, type Faults, lossy, millis, provenance, usual } from "./story.ts";

const time = millis(300, 1500);
/** Some are longer than the silence after which others take over. */
const pause = millis(100, 700);

const story = fc
  .record({
    replicas: fc.integer({ min: 1, max: 2 }),
    workers: fc.integer({ min: 1, max: 2 }),
    tau: fc.constantFrom(0, 2, 4),
    first: fc.nat(),
    leaves: fc.integer({ min: 1, max: 2 }),
    joins: fc.integer({ min: 0, max: 2 }),
    pauses: fc.boolean(),
    chunk: fc.constantFrom(64, 128),
    times: fc.tuple(time, time, time),
    pause,
    isLossy: fc.boolean(),
  })
  .map(({ replicas, workers, tau, first, leaves, joins, chunk, times, isLossy, ...drawn }): ScenarioInput => {
    const servers = replicas + 1 + leaves;
    const name = (i: number): string => `server-${(first + i) % servers}`;
    const nodes = Array.from({ length: leaves }, (_, i) => name(i));
    const faults: Faults = [{ kind: "preempt", nodes, at: times[0], notice: "8s" }];
    for (let i = 0; i < joins; i++)
      faults.push({ kind: "join", node: `server-${servers + i}`, at: times[1] });
    // One that stays: what leaves is handed over to it, or by way of it.
    if (drawn.pauses) faults.push({ kind: "pause", node: name(leaves), at: times[2], for: drawn.pause });
    return {
      ...usual,
      name: "leaving",
      why: "several leave at once, and whoever takes over is filled by one that is being filled",
      cluster: {
        servers,
        workers,
        replicas,
        virtualServers: 1,
        consistency: consistencyOf(tau),
      },
      limits: { fillChunkBytes: chunk },
      net: {
        default: { ...(isLossy ? lossy : {}), delay: { constant: "2ms" } },
        // Some hear of a view long after those who serve in it.
        registryFaults: isLossy ? { late: 0.3, lateBy: { exponential: { mean: "80ms" } } } : {},
      },
      cost: { step: "40ms" },
      workload: provenance({ tasks: 40, graph: "tau", keys: 60, keysPerRequest: 6, readsPerTask: 2 }),
      horizon: "120s",
      faults,
    };
  });

export function leavingStoryOf(seed: number): ScenarioInput {
  return drawStory(story, seed);
}
