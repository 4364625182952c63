/** The jobs that are shipped reach their known optimum, as the README says. */
import { afterAll, afterEach, expect, test } from "vitest";
import { endAll, tauring, Workshop } from "./support/commands.ts";

const workshop = new Workshop();
afterEach(endAll);
afterAll(() => workshop.remove());

const long = 120_000;

test(
  "clickbait over gRPC: within 1e-3 of the optimum, ten times fewer bytes, 96.5 % on the test set",
  async () => {
    const model = workshop.path("clickbait.model");
    const { code, stdout, stderr } = await tauring([
      "train",
      "jobs/clickbait.yaml",
      "--json",
      "--model",
      model,
    ]);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as {
      readonly relative_gap: number;
      readonly test: { readonly accuracy: number; readonly log_loss: number };
      readonly traffic: { readonly sent_bytes: number; readonly unfiltered_bytes: number };
      readonly workers: readonly object[];
    };
    expect(report).toMatchObject({ world: "grpc", job: "clickbait", ended_by: "epsilon", tau: 4 });
    expect(report.relative_gap).toBeLessThan(1e-3);
    expect(report.test.accuracy).toBeGreaterThan(0.965);
    expect(report.traffic.unfiltered_bytes / report.traffic.sent_bytes).toBeGreaterThan(8);
    expect(report.workers).toHaveLength(2);

    const evaluated = await tauring(["evaluate", model, "data/clickbait.test.svm.gz", "--json"]);
    expect(JSON.parse(evaluated.stdout)).toMatchObject({ rows: 6396, ...report.test });
  },
  long,
);

test(
  "the scenario of the README passes, with every check that can decide anything",
  async () => {
    const args = ["sim", "run", "scenarios/basics/train.yaml", "--seed", "7", "--json"];
    const { code, stdout, stderr } = await tauring(args);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as Record<string, unknown> & {
      readonly checks: Readonly<Record<string, { readonly evaluated: number; readonly violations: number }>>;
    };
    expect(report).toMatchObject({ verdict: "pass", seed: "7", violations: [], train: { world: "sim" } });
    expect(Object.keys(report)).toEqual(
      expect.arrayContaining([
        "verdict",
        "seed",
        "trace_hash",
        "events",
        "virtual_seconds",
        "wall_seconds",
        "checks",
      ]),
    );
    for (const id of ["X1", "X2", "X3", "X4", "C1", "C5", "C6", "T1"]) {
      expect(report.checks[id].evaluated, `${id} had something to decide`).toBeGreaterThan(100);
    }
  },
  long,
);
