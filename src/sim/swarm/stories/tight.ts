/** Stories of a cluster whose buffers and caches are small and whose frames come late, twice, or not at all, with tasks side by side. */
import fc from "fast-check";
import type { ScenarioInput } from "../../scenario/scenario.ts";
import { consistencyOf, drawStory, type Faults, lossy, millis, usual } from "./story.ts";

const time = millis(20, 400);

const story = fc
  .record({
    replicas: fc.integer({ min: 1, max: 2 }),
    workers: fc.integer({ min: 2, max: 3 }),
    tau: fc.constantFrom(2, 4, null),
    update: fc.constantFrom("aggregated", "aggregated", "add"),
    replication: fc.constantFrom("after-aggregation" as const, "naive" as const),
    first: fc.nat(),
    joinAt: time,
    pausedAt: time,
    crashAt: time,
    isCrash: fc.boolean(),
  })
  .map(({ replicas, workers, tau, update, replication, first, ...drawn }): ScenarioInput => {
    const servers = replicas + 2;
    const faults: Faults = [
      { kind: "join", node: `server-${servers}`, at: drawn.joinAt },
      // The parts of the others wait for its own.
      { kind: "pause", node: `worker-${first % workers}`, at: drawn.pausedAt, for: "80ms" },
    ];
    if (drawn.isCrash)
      faults.push({ kind: "crash", node: `server-${first % servers}`, at: drawn.crashAt, restart: "never" });
    return {
      ...usual,
      name: "tight",
      why: "small buffers, forgotten lists of keys, and frames out of order",
      cluster: {
        servers,
        workers,
        replicas,
        virtualServers: 1,
        consistency: consistencyOf(tau),
      },
      policy: { replication },
      limits: { heldBytesMax: 1500, keyListCacheBytesMax: 200, fillChunkBytes: 64 },
      filters: { push: ["key-caching"], pull: [] },
      net: {
        default: {
          ...lossy,
          delay: { exponential: { mean: "2ms" } },
          repeat: 0.05,
        },
      },
      cost: { step: "2ms" },
      workload: [
        {
          kind: "application",
          application: "provenance",
          options: {
            tasks: 30,
            graph: "tau",
            update,
            keys: 60,
            keysPerRequest: 12,
            pushesPerTask: 3,
            readsPerTask: 1,
          },
          keyMax: 1000,
        },
      ],
      horizon: "60s",
      faults,
    };
  });

export function tightStoryOf(seed: number): ScenarioInput {
  return drawStory(story, seed);
}
