/** [G13] Both holders of a range are killed while a job trains: it goes back to its newest checkpoint by itself, to the same model. */
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { begin, endAll, tauring, Workshop } from "./support/commands.ts";

const workshop = new Workshop();
afterEach(endAll);
afterAll(() => workshop.remove());

const cluster = { servers: 2, workers: 2, slots: 2, replicas: 1 };
const job = workshop.job("rolled-back", { cluster, stop: { passesMax: 20, epsilon: 1e-15 } });

function model(stdout: string): string {
  return (JSON.parse(stdout) as { readonly model_sha256: string }).model_sha256;
}

let undisturbed: string;
beforeAll(async () => {
  const { code, stdout, stderr } = await tauring(["train", job, "--world", "sim", "--json"]);
  expect(code, stderr).toBe(0);
  undisturbed = model(stdout);
});

const named = "both are killed at once, and the job goes on by itself to the model of an undisturbed run";
test(named, { timeout: 180_000 }, async () => {
  const trace = workshop.path("rolled-back.jsonl");
  const folder = workshop.path("checkpoints");
  const run = begin(["train", job, "--json", "--checkpoint-dir", folder, "--trace", trace]);
  await run.says(/^ +4 +\d/m);
  const nodes = run.nodes();
  // Whatever a slow machine has done to the view by then, these two have all there is.
  for (const node of ["server-0", "server-1"]) process.kill(nodes.get(node) as number, "SIGKILL");
  const { code, stdout, stderr } = await run.ended;
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(/^rolled back to \d{6}-task-[0-9a-f-]+: tasks from \d+ on are done again, as /m);
  expect(model(stdout)).toBe(undisturbed);
  const told = readFileSync(trace, "utf8");
  expect(told).toMatch(/"type":"job-rolled-back"/);
  const checked = await tauring(["check", trace]);
  expect(checked.code, checked.stdout + checked.stderr).toBe(0);
});
