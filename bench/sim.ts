/**
 * Events of a small simulated cluster a second of processor time, under all checkers, beside the bare queue that they come
 * out of; and runs of the size that searches are made of: 5 servers, 4 workers and 6 virtual seconds, from a drawn
 * scenario to its report. Those are measured twice: the first of a process, which compile what they run, and those of a
 * process that has warmed up, as most of a search are.
 */
import { simulatorParts } from "#tauring/cli/simulate.js";
import {
  EventQueue,
  Random,
  applicationJob,
  jobOf,
  parseScenario,
  planOf,
  runPlan,
} from "#tauring/sim/index.js";
import { type BenchOptions, type Figure, benchOptions, interleaved, median, print } from "./report.ts";

const nodes = 1000;

/** Of all threads: what others do on the machine is not counted. */
function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function exponential(random: Random): number {
  return -100 * Math.log(1 - random.unit());
}

/** Each delivery draws a delay and a target, changes a state, and sends one message on. */
function bareQueue(events: number): number {
  const random = new Random("bare");
  const queue = new EventQueue<number>();
  const states = new Int32Array(nodes);
  for (let node = 0; node < nodes; node++) queue.push(exponential(random), node);
  const begin = processorSeconds();
  for (let i = 0; i < events; i++) {
    const now = queue.nextTime;
    const node = queue.pop() as number;
    states[node] = (states[node] + i) | 0;
    queue.push(now + exponential(random), random.below(nodes));
  }
  return events / (processorSeconds() - begin);
}

const cluster = "cluster: { servers: 2, workers: 2, consistency: { kind: bounded, tau: 2 } }";
const stories = {
  "pushes and pulls on streams": `${cluster}
workload: [{ kind: application, application: provenance, options: { tasks: TASKS, keys: 40, keysPerRequest: 4 } }]`,
  "the same, a hundredth lost": `${cluster}
net: { default: { mode: datagram, loss: 0.01 } }
workload: [{ kind: application, application: provenance, options: { tasks: TASKS, keys: 40, keysPerRequest: 4 } }]`,
} as const;

/** Its tasks take a quarter of a second each, so that heartbeats, views and timers have their share. */
const ofASearch = `cluster: { servers: 5, workers: 4, replicas: 1, consistency: { kind: bounded, tau: 2 } }
cost: { step: 80ms, noise: 0.2 }
workload: [{ kind: application, application: provenance, options: { tasks: TASKS, keys: 40, keysPerRequest: 4 } }]`;

interface Spent {
  readonly events: number;
  readonly virtualSeconds: number;
  readonly processorSeconds: number;
}

/** One run after the other, each of another seed. */
async function story(text: string, tasks: number): Promise<() => Spent> {
  const head =
    "schema: tauring.scenario/1\nname: bench\nwhy: how fast a small cluster is simulated\nseed: 1\n";
  const parsed = parseScenario(head + text.replace("TASKS", String(tasks)), "bench");
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const job = applicationJob(parsed.value);
  if (job === undefined) throw new Error("Invariant: the story names an application");
  const parts = await simulatorParts(jobOf(parsed.value, job, "1"));
  let seed = 0;
  return () => {
    const begin = processorSeconds();
    const name = String(++seed);
    const report = runPlan(planOf(parsed.value, name, jobOf(parsed.value, job, name)), { parts });
    if (report.verdict !== "pass") throw new Error(report.reason ?? report.verdict);
    const { events, virtualSeconds } = report;
    return { events, virtualSeconds, processorSeconds: processorSeconds() - begin };
  };
}

function eventsASecond({ events, processorSeconds: seconds }: Spent): number {
  return events / seconds;
}

async function figures(options: BenchOptions): Promise<readonly Figure[]> {
  const tasks = options.isQuick ? 20 : 1000;
  const [first, second] = await Promise.all(Object.values(stories).map((text) => story(text, tasks)));
  const search = await story(ofASearch, options.isQuick ? 2 : 25);
  const runs = options.isQuick ? 1 : 10;
  const several = (): Spent => sumOf(Array.from({ length: runs }, search));
  const cold = several();
  for (let i = 0; i < (options.isQuick ? 0 : 3); i++) several();
  const searches: Spent[] = [];
  const speeds = await interleaved(options.isQuick ? 1 : 5, {
    bare: () => bareQueue(options.isQuick ? 10_000 : 2_000_000),
    streams: () => eventsASecond(first()),
    lossy: () => eventsASecond(second()),
    search: () => {
      const spent = several();
      searches.push(spent);
      return eventsASecond(spent);
    },
  });
  const against = { what: "bare queue", value: speeds.bare };
  const [streams, lossy] = Object.keys(stories);
  const unit = "events/s";
  const runsASecond = median(searches.map((spent) => runs / spent.processorSeconds));
  const virtual = median(searches.map((spent) => spent.virtualSeconds / spent.processorSeconds));
  const eventsARun = median(searches.map((spent) => spent.events / runs));
  const searched = "5 servers, 4 workers, 6 virtual s";
  return [
    { what: `bare queue, ${nodes} pending`, value: speeds.bare, unit },
    { what: streams, value: speeds.streams, unit, against, goal: { atLeast: 0.02 } },
    { what: lossy, value: speeds.lossy, unit, against, goal: { atLeast: 0.02 } },
    { what: streams, value: speeds.streams, unit, goal: { atLeast: 500_000 } },
    { what: `${searched}, first ${runs} runs`, value: eventsASecond(cold), unit, against },
    { what: searched, value: speeds.search, unit, against },
    { what: "the same", value: Math.round(eventsARun), unit: "events/run" },
    { what: "the same", value: runsASecond, unit: "runs/s", goal: { atLeast: 50 } },
    { what: "the same", value: virtual, unit: "virtual s/s", goal: { atLeast: 500 } },
  ];
}

function sumOf(spent: readonly Spent[]): Spent {
  const sum = (of: (one: Spent) => number): number => spent.reduce((total, one) => total + of(one), 0);
  return {
    events: sum((one) => one.events),
    virtualSeconds: sum((one) => one.virtualSeconds),
    processorSeconds: sum((one) => one.processorSeconds),
  };
}

const options = benchOptions();
print("sim", options, await figures(options));
