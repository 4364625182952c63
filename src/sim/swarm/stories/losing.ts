/** Small stories of a cluster with replicas that loses, pauses and gains servers while it works. */
import fc from "fast-check";
import type { ScenarioInput } from "../../scenario/scenario.ts";
import { consistencyOf, drawStory, type Faults, lossy, millis, provenance, usual } from "./story.ts";

const time = millis(10, 500);
const short = millis(1, 600);

const story = fc
  .record({
    replicas: fc.integer({ min: 1, max: 2 }),
    spare: fc.integer({ min: 1, max: 2 }),
    workers: fc.integer({ min: 1, max: 3 }),
    tau: fc.constantFrom(0, 0, 2, 4),
    tasks: fc.integer({ min: 20, max: 60 }),
    isLossy: fc.boolean(),
    chunk: fc.constantFrom(64, 1024, 1_048_576),
    first: fc.nat(),
    crash: fc.option(fc.record({ at: time, restart: fc.oneof(short, fc.constant("never" as const)) })),
    pause: fc.option(fc.record({ at: time, for: short })),
    join: fc.option(time),
    worker: fc.option(fc.record({ at: time, restart: fc.oneof(short, fc.constant("never" as const)) })),
    leave: fc.option(time),
  })
  .map((drawn): ScenarioInput => {
    const { replicas, spare, workers, tau, tasks, isLossy, chunk, first } = drawn;
    const servers = replicas + 1 + spare;
    const server = `server-${first % servers}`;
    const faults: Faults = [];
    // One server at a time is more than each chain is to survive only where there is no replica.
    if (drawn.crash !== null) faults.push({ kind: "crash", node: server, ...drawn.crash });
    else if (drawn.pause !== null) faults.push({ kind: "pause", node: server, ...drawn.pause });
    else if (drawn.leave !== null)
      faults.push({ kind: "preempt", node: server, at: drawn.leave, notice: "10s" });
    if (drawn.join !== null) faults.push({ kind: "join", node: `server-${servers}`, at: drawn.join });
    if (drawn.worker !== null && (workers > 1 || drawn.worker.restart !== "never"))
      faults.push({ kind: "crash", node: `worker-${first % workers}`, ...drawn.worker });
    const late = { ...lossy, delay: { exponential: { mean: "3ms" } } };
    return {
      ...usual,
      name: "planted",
      why: "what would find a deliberate bug",
      cluster: {
        servers,
        workers,
        replicas,
        consistency: consistencyOf(tau),
      },
      limits: { fillChunkBytes: chunk },
      net: { default: { ...(isLossy ? late : {}), repeat: 0.02 } },
      cost: { step: "3ms" },
      workload: provenance({ tasks, graph: "tau" }),
      horizon: "30s",
      faults,
    };
  });

export function storyOf(seed: number): ScenarioInput {
  return drawStory(story, seed);
}
