/** [G6] The core that is deployed is the core that is simulated: the same job leaves the same bits in both worlds. */
import { readdirSync } from "node:fs";
import { afterAll, afterEach, expect, test } from "vitest";
import { endAll, tauring, Workshop } from "./support/commands.ts";

const workshop = new Workshop();
afterEach(endAll);
afterAll(() => workshop.remove());

/** Three slots, whatever the number of workers that share them. */
const job = workshop.job("three-slots", { cluster: { servers: 2, workers: 2, slots: 3 } });

async function train(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await tauring(["train", job, "--json", ...args]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function checked(trace: string): Promise<Record<string, { evaluated: number; violations: number }>> {
  const { code, stdout, stderr } = await tauring(["check", trace, "--json"]);
  expect(code, stdout + stderr).toBe(0);
  return (JSON.parse(stdout) as { checks: Record<string, { evaluated: number; violations: number }> }).checks;
}

/** What the trace of a run over gRPC can decide: X5 needs provenance values, C7 an undisturbed run to compare with. */
const decided = ["X1", "X2", "X3", "X4", "C1", "C5", "C6", "T1"];

test("tau = 0: one, two and three servers and workers, the segments at all servers or at one, and the simulator leave one model", async () => {
  const simulated = await train("--world", "sim");
  expect(simulated).toMatchObject({ world: "sim", tau: 0, passes: 6, ended_by: "passesMax" });
  expect(simulated.trace_hash).toMatch(/^[0-9a-f]{64}$/);
  expect(simulated.nonzeros).toBeGreaterThan(10);
  for (const [count, replicas] of ["10", "21", "32"]) {
    const real = await train("--servers", count, "--workers", count, "--replicas", replicas);
    expect(real, `${count} servers and workers, ${replicas} replicas`).toMatchObject({
      world: "grpc",
      model_sha256: simulated.model_sha256,
      objective: simulated.objective,
      nonzeros: simulated.nonzeros,
      test: simulated.test,
      trace_hash: null,
    });
  }
});

test.each(["0", "3"])(
  "tau = %s: recorded nodes repeat byte for byte, and the merged trace holds what is promised",
  async (tau) => {
    const trace = workshop.path(`tau-${tau}.jsonl.gz`);
    const records = workshop.path(`records-${tau}`);
    await train("--tau", tau, "--trace", trace, "--record", records);

    expect(readdirSync(records).toSorted()).toEqual(
      ["manager-0", "scheduler-0", "server-0", "server-1", "worker-0", "worker-1"].map(
        (node) => `${node}.rec`,
      ),
    );
    const conform = await tauring(["conform", records]);
    expect(conform.code, conform.stdout + conform.stderr).toBe(0);
    expect(conform.stdout.match(/^same /gm)).toHaveLength(6);

    const checks = await checked(trace);
    for (const id of decided)
      expect(checks[id].evaluated, `${id} had something to decide`).toBeGreaterThan(10);
  },
);

test("in the simulator the same seed gives the same run to the last bit, another seed another", async () => {
  const [first, second, other] = [
    await train("--world", "sim", "--tau", "2", "--seed", "7", "--trace", workshop.path("sim.jsonl")),
    await train("--world", "sim", "--tau", "2", "--seed", "7"),
    await train("--world", "sim", "--tau", "2", "--seed", "8"),
  ];
  expect(second).toEqual(first);
  expect(other.trace_hash).not.toBe(first.trace_hash);
  const checks = await checked(workshop.path("sim.jsonl"));
  for (const id of decided) expect(checks[id].evaluated, `${id} had something to decide`).toBeGreaterThan(10);
});
