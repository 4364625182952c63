/** Stories of several servers that are told to leave at once and hand over at leisure, while others join, pause and are lost. */
import fc from "fast-check";
import type { ScenarioInput } from "../scenario/scenario.ts";

const time = fc.integer({ min: 300, max: 1500 }).map((ms) => `${ms}ms`);
/** Some are longer than the silence after which others take over. */
const pause = fc.integer({ min: 100, max: 700 }).map((ms) => `${ms}ms`);

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
    const faults: NonNullable<ScenarioInput["faults"]> = [
      { kind: "preempt", nodes, at: times[0], notice: "8s" },
    ];
    for (let i = 0; i < joins; i++)
      faults.push({ kind: "join", node: `server-${servers + i}`, at: times[1] });
    // One that stays: what leaves is handed over to it, or by way of it.
    if (drawn.pauses) faults.push({ kind: "pause", node: name(leaves), at: times[2], for: drawn.pause });
    const lossy = { mode: "datagram" as const, loss: 0.02, duplicate: 0.05, reorder: 0.2 };
    return {
      schema: "tauring.scenario/1",
      name: "leaving",
      why: "several leave at once, and whoever takes over is filled by one that is being filled",
      cluster: {
        servers,
        workers,
        replicas,
        virtualServers: 1,
        consistency: tau === 0 ? { kind: "sequential" } : { kind: "bounded", tau },
      },
      timing: { suspect: "300ms" },
      limits: { fillChunkBytes: chunk },
      net: {
        default: { ...(isLossy ? lossy : {}), delay: { constant: "2ms" } },
        // Some hear of a view long after those who serve in it.
        registryFaults: isLossy ? { late: 0.3, lateBy: { exponential: { mean: "80ms" } } } : {},
      },
      cost: { step: "40ms" },
      workload: [
        {
          kind: "application",
          application: "provenance",
          options: { tasks: 40, graph: "tau", keys: 60, keysPerRequest: 6, readsPerTask: 2 },
        },
      ],
      horizon: "120s",
      eventsMax: 300_000,
      faults,
    };
  });

export function leavingStoryOf(seed: number): ScenarioInput {
  return { ...fc.sample(story, { seed, numRuns: 1 })[0], seed };
}
