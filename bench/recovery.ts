/**
 * How long a cluster goes without what a process held that is killed: `--kills N` servers, workers, schedulers, managers and
 * members of etcd of a real cluster, one at a time, the next one when every segment has all its replicas and everybody is
 * back; some of the servers while another one joins, or leaves again. In every other turn each is stopped for a while instead,
 * and wakes as a zombie (not with `--kills-only`).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readJob } from "#tauring/cli/job-file.js";
import type { Recovery } from "#tauring/cli/recovery.js";
import { roleOf } from "#tauring/core/index.js";
import { EtcdMembers, etcdPath } from "./etcd-members.ts";
import { type Gap, type Plan, type Round, runRound } from "./recovery-round.ts";
import { machine, quantile, table } from "./report.ts";
import { root, tauring } from "./tauring.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "20" },
    servers: { type: "string", default: "5" },
    workers: { type: "string", default: "3" },
    replicas: { type: "string", default: "2" },
    passes: { type: "string", default: "30" },
    "kills-only": { type: "boolean", default: false },
    // Of slower recoveries it says on stderr what happened between the kill and the first push.
    "explain-above-ms": { type: "string", default: "1000" },
    json: { type: "boolean", default: false },
  },
});
/** Rounds in which nothing could be killed, or whose job failed. */
const failuresMax = 3;

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tauring-recovery-job-"));
  if (etcdPath === undefined)
    process.stderr.write("etcd is not on the PATH: no manager and no member of etcd is killed\n");
  const etcd = etcdPath === undefined ? undefined : await EtcdMembers.start({ count: 3 });
  try {
    const path = endlessJob(folder);
    const data = { servers: count("servers"), workers: count("workers"), replicas: count("replicas") };
    const job = readJob(path, { ...data, tau: 0, passesMax: count("passes") });
    const sizes = Object.entries(data).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const args = ["train", path, "--world", "sim", "--json", "--tau", "0", "--passes", values.passes];
    const undisturbed = JSON.parse(await tauring([...args, ...sizes])) as { readonly model_sha256: string };
    const plan: Plan = {
      ...data,
      managers: etcd === undefined ? 1 : 2,
      schedulers: 2,
      etcd,
      roles: [
        "server",
        "worker",
        "hand-over",
        "scheduler",
        ...(etcd === undefined ? [] : ["server", "manager", "worker", "etcd"]),
      ],
      alsoStops: !values["kills-only"],
      referenceModel: undisturbed.model_sha256,
      explainAboveMs: count("explain-above-ms"),
      log: () => {},
    };
    report(await rounds(job.spec, plan));
  } finally {
    await etcd?.close();
    rmSync(folder, { recursive: true });
  }
}

async function rounds(spec: Parameters<typeof runRound>[0], plan: Plan): Promise<readonly Round[]> {
  const done: Round[] = [];
  let left = count("kills");
  let failures = 0;
  while (left > 0 && failures < failuresMax) {
    const round = await runRound(spec, plan, left);
    done.push(round);
    const killed = round.recoveries.length + round.gaps.length;
    left -= killed;
    const isSound = round.failure === undefined && round.isSameModel && round.losses.otherViolations === 0;
    for (const timeline of round.timelines) process.stderr.write(`${timeline}\n`);
    const said = `${killed} kills, ${left} left`;
    if (isSound && killed > 0) {
      process.stderr.write(`${said}\n`);
      rmSync(round.folder, { recursive: true });
      continue;
    }
    failures++;
    const why = round.failure ?? (round.isSameModel ? JSON.stringify(round.losses) : "another model");
    process.stderr.write(`${said}; ${why}; its traces are in ${round.folder}\n`);
  }
  return done;
}

/** The main job's data; it ends after `--passes` and not before. */
function endlessJob(folder: string): string {
  const text = readFileSync(join(root, "jobs/clickbait.yaml"), "utf8")
    .replaceAll("../data/", `${join(root, "data")}/`)
    .replace(/epsilon: .*/, "epsilon: 1.0e-15");
  const path = join(folder, "clickbait.yaml");
  writeFileSync(path, text);
  return path;
}

function report(done: readonly Round[]): void {
  const recoveries = done.flatMap((round) => round.recoveries);
  const gaps = done.flatMap((round) => round.gaps);
  const known = (ms: readonly (number | undefined)[]): readonly number[] =>
    ms.flatMap((one) => (one === undefined ? [] : [one / 1000]));
  const seconds = known(recoveries.map(({ firstPushMs }) => firstPushMs));
  const pulls = known(recoveries.map(({ firstPullMs }) => firstPullMs));
  const waits = gaps.map(({ longestMs }) => longestMs / 1000);
  const sum = (of: (round: Round) => number): number => done.reduce((total, round) => total + of(round), 0);
  const result = {
    schema_version: 1,
    bench: "recovery",
    machine: machine(),
    load: loadavg()[0],
    kills: recoveries.length + gaps.length,
    measured: seconds.length,
    p50_seconds: quantile(seconds, 0.5) ?? null,
    p99_seconds: quantile(seconds, 0.99) ?? null,
    max_seconds: seconds.length === 0 ? null : Math.max(...seconds),
    pull_p50_seconds: quantile(pulls, 0.5) ?? null,
    pull_p99_seconds: quantile(pulls, 0.99) ?? null,
    pull_max_seconds: pulls.length === 0 ? null : Math.max(...pulls),
    control_gap_max_seconds: waits.length === 0 ? null : Math.max(...waits),
    finished_pushes: sum(({ losses }) => losses.pushes),
    lost_pushes: sum(({ losses }) => losses.lost),
    doubled_pushes: sum(({ losses }) => losses.doubled),
    other_violations: sum(({ losses }) => losses.otherViolations),
    model_identical: done.every(({ isSameModel }) => isSameModel),
    failed_jobs: done.filter(({ failure }) => failure !== undefined).length,
  };
  const isSound = result.model_identical && result.lost_pushes + result.doubled_pushes === 0;
  process.exitCode = isSound ? 0 : 1;
  if (values.json) return void process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
  process.stdout.write(`recovery on ${result.machine}\n${byPhase(recoveries)}\n${gapTable(gaps)}\n`);
  for (const [name, value] of Object.entries(result))
    if (typeof value !== "string" && name !== "schema_version")
      process.stdout.write(`${name.padEnd(24)}${value}\n`);
}

/** Without a manager, a scheduler or a member of etcd servers and workers go on with what they know. */
function gapTable(gaps: readonly Gap[]): string {
  const groups = new Map<string, number[]>();
  for (const { role, by, during, longestMs } of gaps) {
    const key = `${role}\t${by}\t${during}`;
    groups.set(key, [...(groups.get(key) ?? []), longestMs]);
  }
  const rows = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, ms]) => [...key.split("\t"), String(ms.length), Math.max(...ms).toFixed(0)]);
  return table(["role", "by", "during", "kills", "longest ms without a push"], rows);
}

function byPhase(recoveries: readonly Recovery[]): string {
  const groups = new Map<string, Recovery[]>();
  for (const recovery of recoveries) {
    const key = `${roleOf(recovery.node)}\t${recovery.by}\t${recovery.during}`;
    groups.set(key, [...(groups.get(key) ?? []), recovery]);
  }
  const figures = (found: readonly Recovery[], of: (recovery: Recovery) => number | undefined): string => {
    const known = found.map(of).filter((ms) => ms !== undefined);
    if (known.length === 0) return "-";
    return `${quantile(known, 0.5).toFixed(0)} / ${Math.max(...known).toFixed(0)}`;
  };
  const rows = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, found]) => [
      ...key.split("\t"),
      String(found.length),
      figures(found, ({ noticedMs }) => noticedMs),
      figures(found, ({ firstPushMs }) => firstPushMs),
      figures(found, ({ firstPullMs }) => firstPullMs),
    ]);
  const head = [
    "role",
    "by",
    "during",
    "kills",
    "noticed ms: p50 / max",
    "push ms: p50 / max",
    "pull ms: p50 / max",
  ];
  return table(head, rows);
}

type Counted = "kills" | "servers" | "workers" | "replicas" | "passes" | "explain-above-ms";

function count(name: Counted): number {
  const n = Number(values[name]);
  if (!Number.isSafeInteger(n) || n < 0) throw new Error(`--${name}: expected a whole number`);
  return n;
}

await main();
