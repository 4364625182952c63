/** What a screen costs: reducing a fact, a view, and going anywhere in a recorded run. */
import { simulatorParts } from "#tauring/cli/simulate.js";
import { type Fact, Timeline, ViewState } from "#tauring/observe/index.js";
import { applicationJob, jobOf, parseScenario, planOf, runPlan } from "#tauring/sim/index.js";
import { type BenchOptions, type Figure, benchOptions, print } from "./report.ts";

const story = `schema: tauring.scenario/1
name: bench
why: what a screen costs
seed: 1
cluster: { servers: 8, workers: 8, replicas: 1, consistency: { kind: bounded, tau: 2 } }
workload: [{ kind: application, application: provenance, options: { tasks: TASKS, keys: 40, keysPerRequest: 8 } }]
`;

/** So many facts of a simulated run. */
async function recorded(count: number): Promise<readonly Fact[]> {
  const parsed = parseScenario(story.replace("TASKS", String(Math.ceil(count / 500))), "bench");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const job = applicationJob(parsed.value);
  if (job === undefined) throw new Error("Invariant: the story names an application");
  const spec = jobOf(parsed.value, job, "1");
  const facts: Fact[] = [];
  const parts = await simulatorParts(spec);
  runPlan(planOf(parsed.value, "1", spec), { parts, observe: (fact) => facts.push(fact) });
  if (facts.length < count) throw new Error(`the story has ${facts.length} facts, not ${count}`);
  return facts.slice(0, count);
}

/** Milliseconds of a processor, so that others on the machine do not count. */
function time(run: () => void): number {
  const begin = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}

/** A thousand nodes that each say a little of everything that a view is made of. */
function large(): ViewState {
  const state = new ViewState();
  for (let i = 0; i < 1000; i++) {
    const [at, isServer] = [i * 1000, i % 2 === 0];
    const node = `${isServer ? "server" : "worker"}-${i >> 1}`;
    state.reduce(at, node, { type: "node-started", incarnation: 1 });
    if (isServer) continue;
    const slot = (i >> 1) as never;
    const after = { below: 0 as never, tasks: [] };
    const task = { slot, time: (i % 7) as never };
    state.reduce(at, node, {
      type: "task-started",
      ...task,
      name: "update",
      after,
      frontierFloor: 0 as never,
    });
    const edge = { kind: "task", time: 3 as never, unfinishedSlots: [] } as const;
    state.reduce(at, node, { type: "slot-blocked", slot, edge });
  }
  return state;
}

async function figures({ isQuick }: BenchOptions): Promise<readonly Figure[]> {
  const facts = await recorded(isQuick ? 5000 : 100_000);
  const reduce = (): void => {
    const state = new ViewState();
    for (const { at, node, fact } of facts) state.reduce(at, node, fact);
  };
  reduce();
  const reducing = time(reduce);
  const timeline = new Timeline();
  const indexing = time(() => facts.forEach((fact) => timeline.append(fact)));
  const seeks: number[] = [];
  for (let i = 0; i < (isQuick ? 20 : 300); i++) {
    const count = (i * 7_919_317) % facts.length;
    seeks.push(time(() => void timeline.view(count, facts[count].at)));
  }
  seeks.sort((a, b) => a - b);
  const state = large();
  state.snapshot(1e6);
  let now = 1e6;
  const views = Array.from({ length: 20 }, () => time(() => void state.snapshot(++now))).sort(
    (a, b) => a - b,
  );
  return [
    { what: "reduce a fact", value: (1000 * reducing) / facts.length, unit: "us", goal: { atMost: 1 } },
    { what: `index ${facts.length} facts`, value: indexing, unit: "ms" },
    { what: "any moment of them, median", value: seeks[seeks.length >> 1], unit: "ms" },
    { what: "any moment of them, longest", value: seeks.at(-1) as number, unit: "ms", goal: { atMost: 100 } },
    { what: "a view of 1000 nodes, median", value: views[10], unit: "ms", goal: { atMost: 50 } },
  ];
}

const options = benchOptions();
print("view", options, await figures(options));
