/** Workers and schedulers that are lost: every promise holds, and with tau = 0 the model is the undisturbed one, bit for bit. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ScenarioInput, scenarioSchema } from "../../src/sim/index.ts";
import { runDrawn, smallJobFile } from "./drawn-run.ts";

type Faults = NonNullable<ScenarioInput["faults"]>;

interface Told {
  /** With the reason, where it is not "pass": all checkers look, C7 at the model too. */
  readonly verdict: string;
  readonly model: string;
  readonly facts: readonly string[];
}

/** Three workers, four slots and two schedulers, which train for some 150 ms where nothing is wrong. */
function story(faults: Faults, changes: Partial<ScenarioInput> = {}, seed: number = 7): Told {
  const facts: string[] = [];
  let model = "none";
  const scenario = scenarioSchema.parse({
    schema: "tauring.scenario/1",
    name: "recovery",
    why: "Workers and schedulers die",
    seed,
    timing: { heartbeat: "10ms", suspect: "50ms", rejoin: "10ms" },
    workload: [{ kind: "train", job: smallJobFile, options: { passesMax: 30 } }],
    faults,
    horizon: "60s",
    ...changes,
    cluster: {
      servers: 2,
      workers: 3,
      slots: 4,
      schedulers: 2,
      consistency: { kind: "sequential" },
      ...changes.cluster,
    },
  });
  const { report } = runDrawn(scenario, ({ node, fact }) => {
    if (fact.type === "slot-assigned") facts.push(`slot ${fact.slot} to ${fact.worker} under ${fact.epoch}`);
    if (fact.type === "leader-elected" && fact.role === "scheduler")
      facts.push(`${node} leads under ${fact.term}`);
    if (fact.type === "model-saved") model = fact.sha;
  });
  const { verdict, reason } = report;
  return { verdict: reason === undefined ? verdict : `${verdict}: ${reason}`, model, facts };
}

const calm = story([]);
const begins = [
  "scheduler-0 leads under 1",
  "slot 0 to worker-0 under 1",
  "slot 1 to worker-1 under 1",
  "slot 2 to worker-2 under 1",
  "slot 3 to worker-0 under 1",
];

const losses: readonly (readonly [string, Faults, readonly string[]])[] = [
  [
    "a worker that comes back takes the slots that it held",
    [{ kind: "crash", node: "worker-0", at: "60ms", restart: "20ms" }],
    ["slot 0 to worker-0 under 2", "slot 3 to worker-0 under 2"],
  ],
  [
    "the slots of one that does not go to those with the fewest",
    [{ kind: "crash", node: "worker-0", at: "60ms" }],
    ["slot 0 to worker-1 under 2", "slot 3 to worker-2 under 2"],
  ],
  [
    "a worker that joined takes over, and one that was paused comes back with nothing",
    [
      { kind: "join", node: "worker-3", at: "10ms" },
      { kind: "pause", node: "worker-2", at: "60ms", for: "100ms" },
    ],
    ["slot 2 to worker-3 under 2"],
  ],
  [
    "another scheduler goes on",
    [{ kind: "crash", node: "scheduler-0", at: "60ms" }],
    ["scheduler-1 leads under 2"],
  ],
  [
    "so it does where every worker is lost too, with what it had told nobody else",
    [
      { kind: "crash", node: "scheduler-0", at: "60ms" },
      { kind: "crash", node: "worker-0", at: "61ms", restart: "9ms" },
      { kind: "crash", node: "worker-1", at: "61ms", restart: "9ms" },
      { kind: "crash", node: "worker-2", at: "61ms", restart: "9ms" },
    ],
    [
      "scheduler-1 leads under 2",
      ...[0, 3, 1, 2].map((slot) => `slot ${slot} to worker-${slot % 3} under 2`),
    ],
  ],
];

test.each(losses)("%s: the model is the same", (_, faults, expected) => {
  const { verdict, model, facts } = story(faults);
  expect([verdict, facts.slice(0, 5), facts.slice(5)]).toEqual(["pass", begins, expected]);
  expect(model).toBe(calm.model);
});

const lost = fc.record({
  node: fc.constantFrom("scheduler-0", "scheduler-1", "worker-0", "worker-1", "worker-2"),
  kind: fc.constantFrom("crash" as const, "crash" as const, "pause" as const),
  atMs: fc.integer({ min: 1, max: 220 }),
  forMs: fc.integer({ min: 1, max: 150 }),
});
type Lost = typeof lost extends fc.Arbitrary<infer T> ? T : never;

/** Faults of one node come one after the other. */
function faultsOf(drawn: readonly Lost[]): Faults {
  const freeAt = new Map<string, number>();
  const faults: Faults = [];
  for (const { node, kind, atMs, forMs } of drawn.toSorted((a, b) => a.atMs - b.atMs)) {
    if (atMs < (freeAt.get(node) ?? 0)) continue;
    freeAt.set(node, atMs + forMs + 20);
    if (kind === "pause") faults.push({ kind, node, at: `${atMs}ms`, for: `${forMs}ms` });
    else faults.push({ kind, node, at: `${atMs}ms`, restart: `${forMs}ms` });
  }
  return faults;
}

const cluster = { servers: 2, workers: 3, slots: 4, schedulers: 2 };
const provenance = (options: Record<string, unknown>): ScenarioInput["workload"] => [
  { kind: "application", application: "provenance", options: { tasks: 40, ...options } },
];
const worlds: Readonly<Record<string, Partial<ScenarioInput>>> = {
  "tau = 0": {},
  "tau = 0, frames lost": {
    net: { default: { mode: "datagram", loss: 0.02, duplicate: 0.02, reorder: 0.1 } },
  },
  "tau = 0, few tasks ahead": { limits: { tasksAheadMax: 3 } },
  "tau = 3": { cluster: { ...cluster, consistency: { kind: "bounded", tau: 3 } } },
  "tau = 0, pushes and calls": {
    workload: provenance({ update: "aggregated", callsPerTask: 1, pushesPerTask: 2, readsPerTask: 2 }),
  },
  "a graph of tasks": {
    cluster: { ...cluster, consistency: { kind: "bounded", tau: 4 } },
    workload: provenance({ graph: "random" }),
  },
};

test.each(Object.keys(worlds))("whoever is lost, and when: %s", (name) => {
  fc.assert(
    fc.property(fc.array(lost, { minLength: 1, maxLength: 8 }), fc.nat(1000), (drawn, seed) => {
      expect(story(faultsOf(drawn), worlds[name], seed).verdict).toBe("pass");
    }),
    { seed: 5, numRuns: 8 },
  );
});
