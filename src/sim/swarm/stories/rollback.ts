/** Stories of a job that is saved as each pass begins, and loses all holders of a range at once, sometimes with who decides. */
import fc from "fast-check";
import type { ScenarioInput } from "../../scenario/scenario.ts";
import { smallJobFile } from "../random-scenario.ts";
import { consistencyOf, drawStory, type Faults, millis } from "./story.ts";

const short = millis(1, 400);

const story = fc
  .record({
    servers: fc.integer({ min: 2, max: 4 }),
    replicas: fc.integer({ min: 0, max: 1 }),
    workers: fc.integer({ min: 1, max: 2 }),
    tau: fc.constantFrom(0, 0, 2),
    first: fc.nat(),
    nth: fc.integer({ min: 1, max: 3 }),
    after: fc.integer({ min: 0, max: 9000 }).map((micros) => `${micros}us`),
    restart: fc.oneof(short, fc.constant("never" as const)),
    other: fc.constantFrom("none", "none", "@scheduler", "@manager", "server"),
    otherAfter: fc.integer({ min: 0, max: 2500 }).map((micros) => `${micros}us`),
  })
  .map((drawn): ScenarioInput => {
    const { servers, workers, tau, first, nth, after, restart, other, otherAfter } = drawn;
    const replicas = Math.min(drawn.replicas, servers - 2);
    const faults: Faults = [];
    for (let i = 0; i <= replicas; i++) {
      const node = `server-${(first + i) % servers}`;
      faults.push({ kind: "crash", node, on: { fact: "checkpoint-saved", nth, after }, restart });
    }
    const node = other === "server" ? `server-${(first + replicas + 1) % servers}` : other;
    if (other !== "none")
      faults.push({
        kind: "crash",
        node,
        on: { fact: "job-rolled-back", after: otherAfter },
        restart: "50ms",
      });
    return {
      schema: "tauring.scenario/1",
      name: "rollback",
      why: "all holders of a range are lost, and the job goes on from its checkpoint",
      cluster: {
        servers,
        workers,
        replicas,
        slots: 2,
        schedulers: 2,
        managers: 2,
        consistency: consistencyOf(tau),
      },
      checkpoint: { everyPasses: 1 },
      timing: { suspect: "300ms" },
      cost: { nonzerosPerSecond: 1e5, step: "1ms" },
      workload: [{ kind: "train", job: smallJobFile }],
      horizon: "60s",
      faults,
      expect: { faults: "may-miss" },
    };
  });

export function rollbackStoryOf(seed: number): ScenarioInput {
  return drawStory(story, seed);
}
