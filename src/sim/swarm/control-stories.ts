/** Stories of managers and schedulers that are paused, lost and followed, and of servers that are told to leave. */
import fc from "fast-check";
import type { ScenarioInput } from "../scenario/scenario.ts";

const time = fc.integer({ min: 200, max: 1200 }).map((ms) => `${ms}ms`);
/** Some are longer than the silence after which others take over. */
const pause = fc.integer({ min: 100, max: 900 }).map((ms) => `${ms}ms`);
const restart = fc.integer({ min: 50, max: 800 }).map((ms) => `${ms}ms`);

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
    const faults: NonNullable<ScenarioInput["faults"]> = [];
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
      schema: "tauring.scenario/1",
      name: "control",
      why: "who decides is paused, lost and followed",
      cluster: {
        servers,
        workers,
        replicas,
        virtualServers: 1,
        managers: 2,
        schedulers: 2,
        consistency: tau === 0 ? { kind: "sequential" } : { kind: "bounded", tau },
      },
      timing: { suspect: "300ms" },
      cost: { step: "40ms" },
      workload: [
        {
          kind: "application",
          application: "provenance",
          options: { tasks, graph: "tau", keys: 5, keysPerRequest: 3, readsPerTask: 1 },
        },
      ],
      horizon: "40s",
      eventsMax: 300_000,
      faults,
    };
  });

export function controlStoryOf(seed: number): ScenarioInput {
  return { ...fc.sample(story, { seed, numRuns: 1 })[0], seed };
}
