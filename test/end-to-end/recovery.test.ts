/** [§4.4] With replicas the others go on without whoever dies or is silent, to the same model, and it joins them again. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { begin, endAll, type Running, tauring, temporary, Workshop } from "./support/commands.ts";

const workshop = new Workshop();
afterEach(endAll);
afterAll(() => workshop.remove());

const cluster = { servers: 3, workers: 2, replicas: 1 };
const job = workshop.job("replicated", { cluster, stop: { passesMax: 30, epsilon: 1e-15 } });

function model(stdout: string): string {
  return (JSON.parse(stdout) as { model_sha256: string }).model_sha256;
}

let undisturbed: string;
beforeAll(async () => {
  const { code, stdout, stderr } = await tauring(["train", job, "--world", "sim", "--json"]);
  expect(code, stderr).toBe(0);
  undisturbed = model(stdout);
});

/** A run that the caller disturbs. */
async function underWay(
  ...args: readonly string[]
): Promise<{ run: Running; pid: (node: string) => number }> {
  const run = begin(["train", job, "--json", ...args]);
  await run.says(/^ +2 +\d/m);
  const nodes = run.nodes();
  return { run, pid: (node) => nodes.get(node) as number };
}

/** What the processes of a run that is under way have told. */
function factsSoFar(): string {
  const folders = readdirSync(temporary).filter((name) => name.startsWith("tauring-trace-"));
  const files = folders.flatMap((folder) =>
    readdirSync(join(temporary, folder)).map((name) => join(temporary, folder, name)),
  );
  return files.map((file) => readFileSync(file, "utf8")).join("");
}

async function expectChecked(trace: string): Promise<void> {
  const { code, stdout, stderr } = await tauring(["check", trace, "--json"]);
  expect(code, stdout + stderr).toBe(0);
}

test("a server that is silent, and comes back, is told that it was evicted and joins again: the model is the same", async () => {
  const trace = workshop.path("zombie.jsonl");
  const records = workshop.path("records");
  const { run, pid } = await underWay("--trace", trace, "--record", records);
  process.kill(pid("server-0"), "SIGSTOP");
  while (!factsSoFar().includes('"type":"node-evicted"'))
    await new Promise((resolve) => setTimeout(resolve, 20));
  process.kill(pid("server-0"), "SIGCONT");
  const { code, stdout, stderr } = await run.ended;
  expect(code, stderr).toBe(0);
  expect(stderr).toMatch(
    /^server-0 was evicted \(silent for \d+ ms \(suspectAfterMs 500\)\), and is back as server-0#\d$/m,
  );
  expect(model(stdout)).toBe(undisturbed);
  await expectChecked(trace);
  expect(readdirSync(records)).toEqual(expect.arrayContaining(["server-0.rec", "server-0.2.rec"]));
  const conform = await tauring(["conform", records]);
  expect(conform.code, conform.stdout + conform.stderr).toBe(0);
});

test.each(["server-1", "worker-1", "scheduler-0"])(
  "%s is killed and started again: the model is the same",
  async (node) => {
    const trace = workshop.path(`${node}.jsonl`);
    const records = workshop.path(`records-of-${node}`);
    const { run, pid } = await underWay("--trace", trace, "--record", records);
    process.kill(pid(node), "SIGKILL");
    const { code, stdout, stderr } = await run.ended;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`${node} was killed by SIGKILL, and is started again\n`);
    expect(model(stdout)).toBe(undisturbed);
    await expectChecked(trace);
    expect(readdirSync(records)).toEqual(expect.arrayContaining([`${node}.rec`, `${node}.process-2.rec`]));
  },
);

test("a run kills one of its servers where it is asked to, and says what came of it", async () => {
  const { code, stdout, stderr } = await tauring(["train", job, "--json", "--kill", "server-1"]);
  expect(code, stderr).toBe(0);
  expect(model(stdout)).toBe(undisturbed);
  expect(stderr).toMatch(/^noticed {6}after \d+ ms$/m);
  expect(stderr).toMatch(/^taken over {3}\d segments? by server-\d/m);
  expect(stderr).toMatch(/^went on {6}first push on what it held after \d+ ms, first pull after \d+ ms$/m);
  expect(stderr).toMatch(/^lost {9}0 of \d+ finished pushes, and 0 applied twice/m);
});
