/** The model of flows is as idle as the messages are, where both run; and shows what the paper shows. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runFluid } from "../../src/sim/index.ts";
import { run } from "./support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-fluid-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const job = join(folder, "job.yaml");
const scenario = join(folder, "s.yaml");
/** Spread evenly: what the two models may differ in is time, not where the data are. */
const scattered = (n: number, count: number): number => (Math.imul(n, 2_654_435_761) >>> 8) % count;
const rows = Array.from({ length: 2400 }, (_, row) => {
  const keys = Array.from({ length: 10 }, (_, j) => 1 + 40 * j + scattered(10 * row + j + 1, 40));
  return `${scattered(row + 7, 3) === 0 ? 1 : -1} ${keys.map((key) => `${key}:1`).join(" ")}`;
});
writeFileSync(join(folder, "data.svm"), `${rows.join("\n")}\n`);
writeFileSync(
  job,
  `schema: tauring.job/1
name: flows
application: linear
data: { train: data.svm, features: 400 }
cluster: { servers: 2, workers: 6 }
consistency: { kind: bounded, tau: 2 }
solver: dbpg
lambda: 0.01
options: { blocks: 20 }
stop: { passesMax: 20, epsilon: 1.0e-12 }
`,
);
writeFileSync(
  scenario,
  `schema: tauring.scenario/1
name: flows
why: Idle time by two models
seed: 1
cluster: { servers: 2, workers: 6, consistency: { kind: bounded, tau: 2 } }
net: { default: { delay: { constant: 300us } } }
cost: { nonzerosPerSecond: 100000, step: 10us, noise: 0.3 }
workload:
  - { kind: train, job: job.yaml }
`,
);

test("within three points of idle time of the messages, for each delay", async () => {
  const { code, stdout, stderr } = await run(
    "sim",
    "fluid",
    scenario,
    "--taus",
    "0,1,4",
    "--check",
    "--json",
  );
  expect([code, stderr]).toEqual([0, ""]);
  const { rows: found } = JSON.parse(stdout);
  expect(found).toHaveLength(3);
  for (const { idle, messages } of found) expect(Math.abs(idle - messages)).toBeLessThan(3);
  expect(found[0].idle).toBeGreaterThan(found[2].idle + 10);
});

test("what cannot be calibrated is refused", async () => {
  const other = join(folder, "p.yaml");
  writeFileSync(
    other,
    "schema: tauring.scenario/1\nname: p\nwhy: y\nseed: 1\ncluster: { servers: 1, workers: 1 }\nworkload:\n  - { kind: application, application: provenance, options: { tasks: 2 } }\n",
  );
  const { code, stderr } = await run("sim", "fluid", other);
  expect(code).toBe(2);
  expect(stderr).toContain("a job of the solver dbpg has them");
});

/**
 * OSDI'14 figure 11: 800 workers and 200 servers of 16 cores at 10 Gb/s. A worker has 95 non-zeros in each of its 2.1e8
 * examples, at 1.9e8 a second; 580 blocks; compute noise of sigma 0.12.
 */
test("with 800 workers and 200 servers waiting falls from most of the time to little as the delay grows", () => {
  const nonzeros = (95 * 170e9) / 800 / 580 / 20;
  const idle = [0, 1, 4, 16].map(
    (tau) =>
      runFluid({
        seed: "1",
        workers: 800,
        servers: 200,
        tau,
        passes: 1,
        blocks: 60,
        pushNonzeros: nonzeros,
        pullNonzeros: nonzeros / 20,
        evaluateNonzeros: 0,
        pushBytes: 2e5,
        pullBytes: 2e5,
        recordMicros: 2000,
        delay: { kind: "constant", value: 50 },
        egressBytesPerSecond: 1.25e9,
        ingressBytesPerSecond: 1.25e9,
        cost: { nonzerosPerSecond: 1.9e8, stepMicros: 10, noiseSigma: 0.12 },
      }).idleMean,
  );
  expect(idle[0]).toBeGreaterThan(0.25);
  expect(idle[1]).toBeLessThan(idle[0] - 0.05);
  expect(idle[2]).toBeLessThan(idle[1]);
  expect(idle[3]).toBeLessThan(0.12);
});
