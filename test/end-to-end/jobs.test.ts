/** The main job reaches its known optimum, as `npm start` shows. */
import { afterAll, afterEach, expect, test } from "vitest";
import { endAll, tauring, Workshop } from "./support/commands.ts";

const workshop = new Workshop();
afterEach(endAll);
afterAll(() => workshop.remove());

test("clickbait over gRPC: within 1e-3 of the optimum, ten times fewer bytes, 96.5 % on the test set", async () => {
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
  expect(report.traffic.unfiltered_bytes / report.traffic.sent_bytes).toBeGreaterThan(10);
  expect(report.workers).toHaveLength(2);

  const evaluated = await tauring(["evaluate", model, "data/clickbait.test.svm.gz", "--json"]);
  expect(JSON.parse(evaluated.stdout)).toMatchObject({ rows: 6396, ...report.test });
});
