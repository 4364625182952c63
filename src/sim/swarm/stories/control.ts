/** Stories of managers and schedulers that are paused, lost and followed, and of servers that are told to leave. */
import fc from "fast-check";
import type { ScenarioInput } from "../../scenario/scenario.ts";
import { consistencyOf, drawStory, type Faults, millis, provenance, usual } from "./story.ts";

const time = millis(200, 1200);
/** Some are longer than the silence after which others take over. */
const pause = millis(100, 900);
const restart = millis(50, 800);

const story = fc
  .record({
    replicas: fc.integer({ min: 1, max: 2 }),
    workers: fc.integer({ min: 2, max: 3 }),
    tau: fc.constantFrom(0, 2),
    tasks: fc.integer({ min: 40, max: 60 }),
    manager: fc.constantFrom("pause", "pause", "crash", "cut", "none"),
    scheduler: fc.constantFrom("pause", "crash", "crash", "cut", "cut", "none"),
    worker: fc.boolean(),
    leaves: fc.boolean(),
    which: fc.nat(5),
    times: fc.tuple(time, time, time, time),
    pauses: fc.tuple(pause, pause),
    restarts: fc.tuple(restart, restart, restart),
  })
  .map(({ replicas, workers, tau, tasks, times, pauses, restarts, which, ...drawn }): ScenarioInput => {
    const servers = replicas + 2;
    const faults: Faults = [];
    const befall = (kind: string, node: string, at: string, [length, again]: readonly string[]): void => {
      if (kind === "pause") faults.push({ kind, node, at, for: length });
      if (kind === "crash") faults.push({ kind, node, at, restart: again });
    };
    /** What it writes of the worker that was lost is on its way to the registry until another leads. */
    const cutOff = (kind: string, from: string, to: readonly string[]): void => {
      if (kind !== "cut") return;
      faults.push({
        kind,
        from: [from],
        to: [...to, "registry"],
        at: times[2],
        for: "1s",
        mode: "hold",
        how: "one-way",
      });
    };
    cutOff(drawn.manager, "manager-0", ["manager-1"]);
    cutOff(drawn.scheduler, "scheduler-0", ["manager-0", "manager-1"]);
    befall(drawn.manager, "manager-0", times[0], [pauses[0], restarts[0]]);
    befall(drawn.scheduler, "scheduler-0", times[1], [pauses[1], restarts[1]]);
    if (drawn.worker)
      faults.push({ kind: "crash", node: `worker-${which % workers}`, at: times[2], restart: restarts[2] });
    if (drawn.leaves)
      faults.push({ kind: "preempt", node: `server-${which % servers}`, at: times[3], notice: "4s" });
    return {
      ...usual,
      name: "control",
      why: "who decides is paused, lost and followed",
      cluster: {
        servers,
        workers,
        replicas,
        virtualServers: 1,
        managers: 2,
        schedulers: 2,
        consistency: consistencyOf(tau),
      },
      cost: { step: "40ms" },
      workload: provenance({ tasks, graph: "tau", keys: 5, keysPerRequest: 3, readsPerTask: 1 }),
      horizon: "40s",
      faults,
    };
  });

export function controlStoryOf(seed: number): ScenarioInput {
  return drawStory(story, seed);
}
