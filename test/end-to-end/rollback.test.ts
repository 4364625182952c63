/** [G13] Both holders of a range are killed while a job trains: it goes back to its newest checkpoint by itself, to the same model. */
import { readFileSync } from "node:fs";
import { afterAll, afterEach, expect, test } from "vitest";
import { begin, endAll, tauring, Workshop } from "./support/commands.ts";

const workshop = new Workshop();
afterEach(endAll);
afterAll(() => workshop.remove());

const cluster = { servers: 3, workers: 2, slots: 2, replicas: 1 };
const job = workshop.job("rolled-back", { cluster, stop: { passesMax: 15, epsilon: 1e-15 } });

function model(stdout: string): string {
  return (JSON.parse(stdout) as { readonly model_sha256: string }).model_sha256;
}

test("both are killed at once, and the job goes on by itself to the model of an undisturbed run", async () => {
  const undisturbed = await tauring(["train", job, "--world", "sim", "--json"]);
  expect(undisturbed.code, undisturbed.stderr).toBe(0);
  const trace = workshop.path("rolled-back.jsonl");
  const folder = workshop.path("checkpoints");
  const run = begin(["train", job, "--json", "--checkpoint-dir", folder, "--trace", trace]);
  await run.says(/^ +4 +\d/m);
  const nodes = run.nodes();
  // Of three servers each two hold some range together.
  for (const node of ["server-0", "server-1"]) process.kill(nodes.get(node) as number, "SIGKILL");
  const { code, stdout, stderr } = await run.ended;
  expect(code, stderr).toBe(0);
  expect(model(stdout)).toBe(model(undisturbed.stdout));
  const told = readFileSync(trace, "utf8");
  expect(told).toMatch(/"type":"job-rolled-back"/);
  const checked = await tauring(["check", trace]);
  expect(checked.code, checked.stdout + checked.stderr).toBe(0);
});
