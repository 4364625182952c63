/** [G12] A cluster that is stopped as a whole loses at most what came after its newest checkpoint, and no bit of the model. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { begin, endAll, tauring, Workshop } from "./support/commands.ts";

const workshop = new Workshop();
afterEach(endAll);
afterAll(() => workshop.remove());

const cluster = { servers: 2, workers: 2, slots: 2 };
const job = workshop.job("saved", { cluster, stop: { passesMax: 25, epsilon: 1e-15 } });

interface Report {
  readonly model_sha256: string;
  readonly passes: number;
}

test("every process is killed at once, and the job goes on on other servers to the same model", async () => {
  const folder = workshop.path("checkpoints");
  const undisturbed = await tauring(["train", job, "--world", "sim", "--json"]);
  expect(undisturbed.code, undisturbed.stderr).toBe(0);
  const run = begin(["train", job, "--checkpoint-dir", folder, "--json"]);
  await run.says(/^ +4 +\d/m);
  for (const pid of run.nodes().values()) process.kill(pid, "SIGKILL");
  expect((await run.ended).code).not.toBe(0);
  const verified = await tauring(["checkpoint", "verify", folder]);
  expect(verified.code, verified.stdout + verified.stderr).toBe(0);

  const trace = workshop.path("resumed.jsonl");
  const other = ["--servers", "3", "--workers", "1", "--replicas", "1"];
  const again = await tauring(["train", job, "--resume", folder, ...other, "--trace", trace, "--json"]);
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toMatch(/^going on from \d{6}-task-\d+-[0-9a-f]{8}-1-1, before task \d+$/m);
  const [resumed, whole] = [again, undisturbed].map(({ stdout }) => JSON.parse(stdout) as Report);
  expect(resumed.model_sha256).toBe(whole.model_sha256);
  const checked = await tauring(["check", trace]);
  expect(checked.code, checked.stdout + checked.stderr).toBe(0);
});

test("a damaged checkpoint is passed over for an older one, and nothing is started where none is whole", async () => {
  const folder = workshop.path("damaged");
  const short = ["train", job, "--passes", "3", "--json"];
  const whole = await tauring([...short, "--checkpoint-dir", folder]);
  expect(whole.code, whole.stderr).toBe(0);
  const [older, newest] = readdirSync(folder).sort();
  damagePart(join(folder, newest));

  const again = await tauring([...short, "--resume", folder]);
  expect(again.stderr).toMatch(new RegExp(`^passed over ${newest}: .*0\\.part is damaged`, "m"));
  expect(again.stderr).toMatch(new RegExp(`^going on from ${older}, before task \\d+$`, "m"));
  expect(again.code).toBe(0);
  const [resumed, first] = [again, whole].map(({ stdout }) => JSON.parse(stdout) as Report);
  expect(resumed.model_sha256).toBe(first.model_sha256);

  const other = await tauring([...short, "--passes", "4", "--resume", folder]);
  expect(other.stderr).toContain("it is of a job whose passesMax is 3; this one's is 4");
  expect(other.code).toBe(6);

  for (const name of readdirSync(folder)) damagePart(join(folder, name));
  const none = await tauring([...short, "--resume", folder]);
  expect(none.stderr).toMatch(/part is damaged.*; the older ones will not do either/);
  expect(none.stderr).not.toContain("starting");
  expect(none.code).toBe(6);
});

/** So that a second call damages it too. */
function damagePart(checkpoint: string): void {
  const part = join(checkpoint, readdirSync(checkpoint).find((name) => name.endsWith("0.part")) ?? "");
  const bytes = readFileSync(part);
  bytes[bytes.length >> 1] += 1;
  writeFileSync(part, bytes);
}
