/**
 * Many nodes at message level: 200 servers and 800 workers that train over 30 blocks, in one process of its own, to the
 * end, under all checkers. Its data are those of `tauring data synthetic`.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BenchOptions, type Figure, benchOptions, print } from "./report.ts";
import { tauring } from "./tauring.ts";
import type { Simulated } from "./scale-run.ts";

const gibibyte = 2 ** 30;

interface Size {
  readonly servers: number;
  readonly workers: number;
  readonly rows: number;
}

async function simulated({ servers, workers, rows }: Size): Promise<Simulated> {
  const folder = mkdtempSync(join(tmpdir(), "tauring-scale-"));
  try {
    const sizes = ["--rows", rows, "--features", 20_000, "--nonzeros", rows * 15].map(String);
    await tauring(["data", "synthetic", join(folder, "examples.svm"), ...sizes]);
    writeFileSync(
      join(folder, "job.yaml"),
      `schema: tauring.job/1
name: scale
application: linear
data: { train: examples.svm, features: 20000 }
cluster: { servers: 2, workers: 2 }
consistency: { kind: bounded, tau: 4 }
solver: dbpg
lambda: 1
options: { blocks: 30 }
stop: { passesMax: 1 }
`,
    );
    const scenario = join(folder, "scale.yaml");
    writeFileSync(
      scenario,
      `schema: tauring.scenario/1
name: scale
why: A thousand nodes at message level
seed: 1
cluster: { servers: ${servers}, workers: ${workers}, virtualServers: 1 }
timing: { heartbeat: 1s, suspect: 20s }
workload: [{ kind: train, job: job.yaml }]
horizon: 600s
`,
    );
    return await runOf(scenario);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runOf(scenario: string): Promise<Simulated> {
  const program = fileURLToPath(new URL("scale-run.js", import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ["--max-old-space-size=4096", program, scenario], (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as Simulated);
      else reject(new Error(`${scenario}: ${stderr.trim().split("\n").slice(-3).join("; ")}`));
    });
  });
}

async function figures({ isQuick }: BenchOptions): Promise<readonly Figure[]> {
  const size = isQuick
    ? { servers: 4, workers: 16, rows: 1600 }
    : { servers: 200, workers: 800, rows: 16_000 };
  const { events, processorSeconds, peakBytes } = await simulated(size);
  const what = `${size.servers} servers, ${size.workers} workers`;
  const note = `load of the machine ${loadavg()[0].toFixed(1)}`;
  return [
    { what, value: events, unit: "events", note },
    { what: "a second of processor time", value: events / processorSeconds, unit: "events/s" },
    { what: "processor time", value: processorSeconds, unit: "s", goal: { atMost: 600 } },
    { what: "most memory at once", value: peakBytes / gibibyte, unit: "GiB", goal: { atMost: 4 } },
  ];
}

const options = benchOptions();
print("scale", options, await figures(options));
