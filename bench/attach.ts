/**
 * What a screen costs the cluster that it shows: a job trains in processes of this machine, and windows in which `tauring
 * top` is attached, on a terminal of 120x40 that throws away what it gets, alternate with windows in which nobody looks
 * on. The rate of passes says what training loses; the processor time of the nodes for a pass says what they do for it,
 * whatever else the machine does.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readJob } from "#tauring/cli/job-file.js";
import { type LocalNodes, localCommand, localNodes } from "#tauring/cli/local-nodes.js";
import { JobClient, LocalCluster } from "#tauring/net/index.js";
import { machine } from "./report.ts";
import { root } from "./tauring.ts";

const { values } = parseArgs({
  options: {
    pairs: { type: "string", default: "10" },
    seconds: { type: "string", default: "6" },
    job: { type: "string", default: "jobs/a9a.yaml" },
  },
});
const [pairs, seconds] = [Number(values.pairs), Number(values.seconds)];
if (!(pairs >= 2)) throw new Error(`--pairs ${values.pairs}: two or more have an interval`);
const settleMs = 3_000;
/** In each window. */
const passesMin = 10;
const clusterId = `attach-${process.pid}`;

interface Passed {
  readonly pass: number;
  readonly elapsedMicros: number;
}

interface Window {
  readonly passesPerSecond: number;
  readonly processorMsPerPass: number;
}

const nodes: LocalNodes = {
  servers: 2,
  workers: 2,
  virtualServers: 8,
  replicas: 0,
  clusterId,
  port: 0,
  traceFolder: undefined,
  recordFolder: undefined,
  registry: {},
};
const cluster = new LocalCluster({
  nodes: localNodes(nodes),
  command: (...which) => localCommand(nodes, ...which),
  log: () => {},
  exited: ({ text }) => {
    process.stderr.write(`${text}\n`);
    process.exit(1);
  },
});
const address = await cluster.start();
const passed: Passed[] = [];
const client = new JobClient({ address, tls: undefined, clusterId });
const { spec } = readJob(join(root, values.job), {
  servers: 2,
  workers: 2,
  passesMax: 1_000_000,
  gap: 1e-15,
});
const refusal = await client.submit(spec);
if (refusal !== undefined) throw new Error(refusal);
client.follow({
  progress: (progress) => void passed.push(progress),
  failed: ({ reason }) => {
    throw new Error(reason);
  },
  lost: (reason) => {
    throw new Error(reason);
  },
  ended: () => {
    throw new Error(`${values.job} ended before it was measured`);
  },
});
while (passed.length < 5) await sleep(100);

const alone: Window[] = [];
const watched: Window[] = [];
for (let pair = 0; pair < pairs; pair++) {
  // The order turns, so that a job that gets faster or slower favours nobody.
  for (const isWatched of pair % 2 === 0 ? [false, true] : [true, false]) {
    if (!isWatched) alone.push(await measured());
    else {
      const stop = attach();
      watched.push(await measured());
      await stop();
    }
  }
  process.stderr.write(`${pair + 1} of ${pairs}\n`);
}
report();
await client.close();
await cluster.stop("the bench is over");
process.exit(0);

/** A screen in a process of its own, as the operator's. */
function attach(): () => Promise<void> {
  const screen = fileURLToPath(new URL("./attached-screen.js", import.meta.url));
  const child = spawn(process.execPath, [screen, address], { stdio: ["ignore", "ignore", "inherit"] });
  return async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
}

async function measured(): Promise<Window> {
  await sleep(settleMs);
  const [first, before] = [passed.length - 1, processorMs()];
  const began = performance.now();
  await sleep(1000 * seconds);
  // A busy machine may need longer.
  while (passed.length - 1 - first < passesMin) await sleep(100);
  const [last, after] = [passed.length - 1, processorMs()];
  const elapsedSeconds = (performance.now() - began) / 1000;
  const [begin, end] = [passed[first], passed[last]];
  const passesPerSecond = (1e6 * (end.pass - begin.pass)) / (end.elapsedMicros - begin.elapsedMicros);
  return { passesPerSecond, processorMsPerPass: (after - before) / (passesPerSecond * elapsedSeconds) };
}

/** Of all nodes, in ticks of ten milliseconds (proc_pid_stat(5): the 14th and 15th field). */
function processorMs(): number {
  let ticks = 0;
  for (const pid of cluster.pids().values()) {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [user, system] = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13);
    ticks += Number(user) + Number(system);
  }
  return ticks * 10;
}

function report(): void {
  process.stdout.write(`attach on ${machine()}: ${pairs} pairs of windows of ${seconds} s\n`);
  line("passes a second", "passesPerSecond", "");
  line("processor time for a pass", "processorMsPerPass", " ms");
}

/** The ratio of each pair, and where its mean is with 95 %. */
function line(what: string, field: keyof Window, unit: string): void {
  const mean = (all: readonly number[]): number => all.reduce((sum, one) => sum + one, 0) / all.length;
  const logs = watched.map((one, i) => Math.log(one[field] / alone[i][field]));
  const middle = mean(logs);
  const spread = Math.sqrt(mean(logs.map((one) => (one - middle) ** 2)) / Math.max(1, logs.length - 1));
  const percent = (log: number): string => `${((Math.exp(log) - 1) * 100).toFixed(1)} %`;
  const about = student(logs.length - 1) * spread;
  const shown = (all: readonly Window[]): string => `${mean(all.map((one) => one[field])).toFixed(2)}${unit}`;
  process.stdout.write(
    `${what.padEnd(26)} alone ${shown(alone)}, watched ${shown(watched)}: ${percent(middle)} ` +
      `(${percent(middle - about)} to ${percent(middle + about)})\n`,
  );
}

/** Of 95 %, by degrees of freedom. */
function student(freedom: number): number {
  const exact = [Number.NaN, 12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26];
  return exact[freedom] ?? 1.96 + 2.5 / freedom;
}
