/** `tauring sim replay`, `steps` and `bisect`: a run is its seed, and where it is not the first difference is named. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { run } from "./support/run.ts";

// Each bisection starts the product two or four times.
vi.setConfig({ testTimeout: 240_000 });

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "tauring-determinism-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = join(folder, "s.yaml");
writeFileSync(
  file,
  `schema: tauring.scenario/1
name: small
why: It is its seed
seed: 11
cluster: { servers: 2, workers: 2, replicas: 1 }
workload:
  - { kind: application, application: provenance, options: { tasks: 40 } }
`,
);
const trace = join(folder, "t.jsonl.gz");

/** The product as a user would run it. */
function tauring(...words: readonly string[]): { readonly code: number | null; readonly stdout: string } {
  const { status, stdout } = spawnSync(process.execPath, [join(root, "bin/tauring.js"), ...words], {
    encoding: "utf8",
  });
  return { code: status, stdout };
}

/** A copy of the product with one edit. */
function otherBuild(path: string, find: string, replace: string): string {
  const copy = join(folder, path.replaceAll("/", "-"));
  mkdirSync(copy);
  for (const name of ["bin", "dist", "proto", "package.json"])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  const edited = join(copy, "dist", path);
  const text = readFileSync(edited, "utf8");
  expect(text.split(find)).toHaveLength(2);
  writeFileSync(edited, text.replace(find, replace));
  return join(copy, "bin/tauring.js");
}

/** The facts of the run, a line each. */
async function recorded(): Promise<string[]> {
  const { stdout } = await run("trace", "cat", trace, "--json");
  return stdout.trimEnd().split("\n");
}

/** The same run, recorded with other lines. */
function recording(name: string, lines: readonly string[]): string {
  const scenario = { path: file, text: readFileSync(file, "utf8") };
  const seeded = { name: "small", seed: "11", referenceModel: null, scenario };
  const header = { schema: "tauring.trace/1", world: "sim", ...seeded };
  writeFileSync(join(folder, name), [JSON.stringify(header), ...lines].join("\n"));
  return join(folder, name);
}

test("a trace is replayed from what it says itself: the scenario's file may have changed since", async () => {
  expect((await run("sim", "run", file, "--trace", trace)).code).toBe(0);
  const kept = readFileSync(file, "utf8");
  writeFileSync(file, kept.replace("tasks: 40", "tasks: 3"));
  const { code, stdout } = await run("sim", "replay", trace);
  writeFileSync(file, kept);
  expect(stdout).toMatch(/^the same: \d{3,} facts, hash [0-9a-f]{64}\n$/);
  expect(code).toBe(0);
});

test("a recording that this code did not make is told at its first different fact", async () => {
  const facts = await recorded();
  const at = facts.findIndex((line) => line.includes('"applied"'));
  facts[at] = facts[at].replace(/"digest":\d+/, '"digest":7');
  const changed = recording("changed.jsonl", [...facts, ""]);
  const { code, stdout } = await run("sim", "replay", changed);
  expect(stdout).toMatch(new RegExp(`^diverged at fact ${at}: `));
  expect(code).toBe(1);
});

test("a recording that was cut off is the same as far as it goes, which decides nothing", async () => {
  const facts = await recorded();
  const cut = recording("cut.jsonl", [...facts.slice(0, 50), '{"at":']);
  const { code, stdout } = await run("sim", "replay", cut);
  expect(stdout).toMatch(/^the same as far as the recording goes: 50 facts, and this run makes \d{3,};/);
  expect(code).toBe(3);
});

test("a trace without its scenario is refused with what would do", async () => {
  const old = join(folder, "old.jsonl");
  const header = { schema: "tauring.trace/1", world: "grpc", name: "x", seed: null, referenceModel: null };
  writeFileSync(old, `${JSON.stringify(header)}\n`);
  const { code, stderr } = await run("sim", "replay", old);
  expect(stderr).toContain("recordings of real processes are replayed by tauring conform");
  expect(code).toBe(6);
});

test("steps are numbered without a gap, and --every shows some of the very same", async () => {
  const all = (await run("sim", "steps", file, "--json")).stdout.trimEnd().split("\n");
  const { end, hash } = JSON.parse(all[all.length - 1]);
  expect(all).toHaveLength(end + 1);
  expect(JSON.parse(all[end - 1])).toMatchObject({ number: end });
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  const some = (await run("sim", "steps", file, "--json", "--every", "100")).stdout.trimEnd().split("\n");
  expect(some.slice(0, -1)).toEqual(all.filter((_, i) => (i + 1) % 100 === 0 && i < end));
});

test("two fresh processes do the same", () => {
  const { code, stdout } = tauring("sim", "bisect", file);
  expect(stdout).toMatch(/^the same twice: \d+ steps, hash [0-9a-f]{64}\n$/);
  expect(code).toBe(0);
});

test("the first step that another build does differently is named, with what led to it at both", () => {
  // Pushes of task 30 and later carry other draws: nothing before may be blamed.
  const other = otherBuild(
    "apps/provenance.js",
    "hashText(`${this.job.seed}/${this.slot}/${time}/${name}`)",
    "hashText(`${time >= 30 ? 1 : ''}${this.job.seed}/${this.slot}/${time}/${name}`)",
  );
  const { code, stdout } = tauring("sim", "bisect", file, "--other", other);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^step \d+ is different:\n/);
  expect(stdout.match(/^ {4} +\d+ /gm)).toHaveLength(5);
  const [, left] = /^ {2}- (.*)$/m.exec(stdout) ?? [];
  expect(left).toMatch(/task 30 |received push from/);
});

test("a build whose state alone differs is told by its node", () => {
  const other = otherBuild(
    "core/server/server.js",
    "this.fences.floor);",
    "this.fences.floor >= 20 ? 20 : this.fences.floor);",
  );
  const { code, stdout } = tauring("sim", "bisect", file, "--other", other);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^before step \d+ the state of server-\d is different:\n/);
});

test("a branch is the run itself up to its moment, and then another", async () => {
  const facts = async (...words: readonly string[]): Promise<readonly string[]> => {
    const out = join(folder, "branch.jsonl");
    expect((await run("sim", ...words, file, "--trace", out)).code).toBe(0);
    return (await run("trace", "cat", out, "--json")).stdout.trimEnd().split("\n");
  };
  const whole = await facts("run");
  const branch = await facts("branch", "--at", "40ms", "--reseed", "2");
  const at = whole.findIndex((line, i) => line !== branch[i]);
  const timeOf = (line: string): number => JSON.parse(line).at;
  expect(timeOf(whole[at])).toBeGreaterThanOrEqual(40_000);
  expect(timeOf(whole[at])).toBeLessThan(60_000);
  expect(await facts("branch", "--at", "40ms", "--reseed", "2")).toEqual(branch);
  expect(await facts("branch", "--at", "40ms", "--reseed", "3")).not.toEqual(branch);
});

test("a branch after the end of its run is refused with when that was", async () => {
  const { code, stdout, stderr } = await run("sim", "branch", file, "--at", "1h", "--reseed", "2");
  expect(stderr).toMatch(/--at 3600\.000000s: the run has ended at 0\.\d{6}s: nothing is left to be drawn/);
  expect([code, stdout]).toEqual([2, ""]);
});

test.each([
  [["steps", file, "--from", "9", "--to", "2"], /^tauring: --to 2 comes before --from 9\n$/],
  [["steps", file, "--from", "999999"], /^tauring: --from 999999: the run has \d+ steps\n$/],
  [
    ["bisect", file, "--other", "nowhere.js"],
    /^tauring: --other nowhere.js: there is no such file; expected bin/,
  ],
  [["bisect", "nowhere.yaml"], /^tauring: nowhere.yaml: there is no such file/],
])("%j is refused in a line", async (words, said) => {
  const bin = join(root, "bin/tauring.js");
  const { status, stderr } = spawnSync(process.execPath, [bin, "sim", ...words], { encoding: "utf8" });
  expect(stderr).toMatch(said);
  expect(status).toBe(2);
});

test("marks counts what is reached, and names what never is", async () => {
  const { stdout } = await run("sim", "marks", file, "--json");
  const { facts, missing } = JSON.parse(stdout);
  const pushes = facts.find(({ name }: { readonly name: string }) => name === "push-finished");
  expect(pushes).toMatchObject({ times: 80, scenarios: 1, example: file });
  expect(missing).toContain("node-evicted");
  expect(missing).not.toContain("push-finished");
  const { code, stderr } = await run("sim", "marks", file, "--missing");
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^never reached by 1 scenarios: .*node-evicted/)]);
});
