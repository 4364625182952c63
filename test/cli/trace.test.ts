/** `tauring trace` over the trace of a real run: what it prints must be what happened. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fact, readTrace } from "../../src/observe/index.ts";
import { run } from "./support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-trace-"));
const path = join(folder, "t.jsonl.gz");
let facts: readonly Fact[] = [];

const scenario = `schema: tauring.scenario/1
name: two-servers
why: A push goes to a master and its replica
seed: 3
cluster: { servers: 2, workers: 2, replicas: 1 }
workload:
  - { kind: application, application: provenance, options: { tasks: 6 } }
`;

beforeAll(async () => {
  const file = join(folder, "s.yaml");
  writeFileSync(file, scenario);
  expect((await run("sim", "run", file, "--trace", path)).code).toBe(0);
  const read = readTrace(path);
  if (read.ok) facts = read.trace.facts;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("cat prints every fact with its number and its virtual time, and a selection only what is selected", async () => {
  const all = (await run("trace", "cat", path)).stdout.trimEnd().split("\n");
  expect(all).toHaveLength(facts.length);
  const told = all.map((line) => /^ *(\d+) +(\d+\.\d{6})s  (\S+)/.exec(line)?.slice(1));
  expect(told).toEqual(facts.map(({ at, node }, i) => [`${i}`, (at / 1e6).toFixed(6), node]));
  const json = await run("trace", "cat", path, "--json", "--node", "worker-1", "--type", "push-finished");
  const shown = json.stdout.trimEnd().split("\n");
  const expected = facts.filter(({ node, fact }) => node === "worker-1" && fact.type === "push-finished");
  expect(expected.length).toBeGreaterThan(3);
  expect(shown).toEqual(expected.map((fact) => JSON.stringify(fact)));
});

test.each([
  ["of a file that can be sought in", path],
  ["of any other", join(folder, "plain.jsonl")],
])("what cat prints can be given back to it: a number, or a moment (%s)", async (_which, file) => {
  if (!existsSync(file)) writeFileSync(file, gunzipSync(readFileSync(path)));
  const all = (await run("trace", "cat", file)).stdout.trimEnd().split("\n");
  const [, number, moment] = /^ *(\d+) +(\S+)/.exec(all[300]) ?? [];
  const from = all.findIndex((line) => line.includes(` ${moment} `));
  const to = all.findLastIndex((line) => line.includes(` ${moment} `));
  const said = async (...words: readonly string[]): Promise<readonly string[]> =>
    (await run("trace", "cat", file, ...words)).stdout.trimEnd().split("\n");
  expect(await said("--from", number, "--to", number)).toEqual([all[300]]);
  expect(await said("--from", moment, "--to", moment)).toEqual(all.slice(from, to + 1));
  expect(await said("--from", moment, "--to", "320")).toEqual(all.slice(from, 321));
});

test("cat selects by slot, task and segment, and by virtual time", async () => {
  const segment = facts.map(({ fact }) => fact).find((fact) => fact.type === "applied")?.segment as number;
  const name = segment.toString(16).padStart(8, "0");
  const { stdout } = await run(
    "trace",
    "cat",
    path,
    "--json",
    "--segment",
    name,
    "--slot",
    "0",
    "--time",
    "2",
  );
  const shown = stdout.trimEnd().split("\n");
  for (const line of shown) expect(line).toMatch(/"time":2\b/);
  expect(shown.some((line) => line.includes('"applied"'))).toBe(true);
  expect(shown.some((line) => line.includes('"push-finished"'))).toBe(false);
  const late = await run("trace", "cat", path, "--json", "--from", "2ms");
  expect(late.stdout.trimEnd().split("\n")).toHaveLength(facts.filter(({ at }) => at >= 2000).length);
});

test("grep finds words, or ends with exit code 1", async () => {
  const found = await run("trace", "grep", "committed", path);
  const expected = facts.filter(({ fact }) => fact.type === "committed");
  expect(found.stdout.trimEnd().split("\n")).toHaveLength(expected.length);
  expect(await run("trace", "grep", "no such words", path)).toEqual({ code: 1, stdout: "", stderr: "" });
});

test("stats counts each fact, and takes a push from its invocation to its end", async () => {
  const { stdout } = await run("trace", "stats", path, "--json");
  const stats = JSON.parse(stdout);
  const count = (type: string): number => facts.filter(({ fact }) => fact.type === type).length;
  expect(stats.types["push-finished"]).toBe(count("push-finished"));
  expect(stats.durations.push.count).toBe(count("push-finished"));
  expect(stats.durations.commit.count).toBe(count("applied"));
  const [first] = facts.filter(({ fact }) => fact.type === "push-invoked");
  const same = (fact: Fact["fact"]): boolean =>
    fact.type === "push-finished" &&
    JSON.stringify(fact.push) === JSON.stringify((first.fact as typeof fact).push);
  const taken = (facts.find(({ fact }) => same(fact))?.at as number) - first.at;
  expect(stats.durations.push.max).toBeGreaterThanOrEqual(taken);
});

test("diff names the first fact in which two runs differ, and what is different", async () => {
  const other = join(folder, "other.jsonl");
  const lines = (await run("trace", "cat", path, "--json")).stdout.trimEnd().split("\n");
  const header = JSON.stringify({
    schema: "tauring.trace/1",
    world: "sim",
    name: "x",
    seed: null,
    referenceModel: null,
  });
  const at = facts.findIndex(({ fact }) => fact.type === "applied");
  const changed = JSON.stringify(facts[at]).replace(/"digest":\d+/, '"digest":1');
  writeFileSync(other, `${[header, ...lines.slice(0, at), changed, ...lines.slice(at + 1)].join("\n")}\n`);
  expect((await run("trace", "diff", path, path)).stdout).toBe(`the same: ${facts.length} facts\n`);
  const { code, stdout } = await run("trace", "diff", path, other);
  expect(code).toBe(1);
  expect(stdout).toMatch(new RegExp(`^the first ${at} facts are the same; then:\n`));
  expect(stdout).toMatch(/they differ in digest\n$/);
});

test("explain shows what a push followed from: its parts, entry, copy and commit, and no other task", async () => {
  const index = facts.findLastIndex(({ fact }) => fact.type === "push-finished");
  const svg = join(folder, "why.svg");
  const { code, stdout } = await run(
    "trace",
    "explain",
    path,
    "--fact",
    `${index}`,
    "--json",
    "--facts-max",
    "300",
    "--svg",
    svg,
  );
  expect(code).toBe(0);
  const because: readonly Fact[] = JSON.parse(stdout).because;
  const types = new Set<string>(because.map(({ fact }) => fact.type));
  for (const type of [
    "task-started",
    "push-invoked",
    "part-received",
    "applied",
    "entry-stored",
    "committed",
  ])
    expect(types).toContain(type);
  expect(types).not.toContain("pull-invoked");
  const drawing = readFileSync(svg, "utf8");
  expect(drawing.match(/<circle /g)).toHaveLength(because.length);
  expect(drawing).toContain("server-1");
});

test("explain --json is a document also where there is nothing to explain", async () => {
  const { code, stdout } = await run("trace", "explain", path, "--json");
  expect(JSON.parse(stdout)).toEqual({ schema_version: 1, violation: null, because: [] });
  expect(code).toBe(0);
});

test("stat prints as many lines of a recording as are asked for", async () => {
  const { stdout } = await run("stat", path, "--every", "1ms", "--lines", "2");
  expect(stdout.trimEnd().split("\n")).toHaveLength(3);
});

test("a packed trace that is damaged is called so", async () => {
  const bytes = readFileSync(path);
  bytes[bytes.length - 6] ^= 1;
  const damaged = join(folder, "damaged.jsonl.gz");
  writeFileSync(damaged, bytes);
  const { code, stderr } = await run("trace", "stats", damaged);
  expect(stderr).toBe(`tauring: ${damaged}: damaged, or no gzip file (incorrect data check)\n`);
  expect(code).toBe(6);
});

test("explain of a job that failed shows the answer that it failed by, and ends with exit code 1", async () => {
  const file = join(folder, "wrong.yaml");
  const trace = join(folder, "wrong.jsonl");
  const script =
    "kind: script, steps: [{ push: { keys: [7], value: 1 } }, { pull: { keys: [7] }, expect: 3 }]";
  writeFileSync(file, scenario.replace(/kind: application.*(?= \})/, script));
  const failed = await run("sim", "run", file, "--trace", trace);
  expect([failed.code, failed.stderr]).toEqual([1, expect.stringContaining(`written ${trace}`)]);
  const svg = join(folder, "wrong.svg");
  const { code, stdout, stderr } = await run("trace", "explain", trace, "--svg", svg);
  expect([code, stderr]).toEqual([1, `written ${svg}\n`]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines.at(-1)).toMatch(/^> .* the job failed: .* key 7 is 2, expected 3$/);
  for (const words of [
    /answered pull/,
    /pull \(parameter 0, slot \d, task 1, op 0\) finished/,
    /applied task 0/,
  ])
    expect(lines.some((line) => words.test(line))).toBe(true);
  // Both tell the number and the moment.
  const told = /^> +(\d+ +[0-9.]+s) /.exec(lines.at(-1) ?? "")?.[1];
  expect(readFileSync(svg, "utf8")).toContain(`${told}</text>`);
});

test("explain finds the first violation in a trace that was tampered with, and ends with exit code 1", async () => {
  const broken = join(folder, "broken.jsonl");
  const twice = facts.flatMap((fact) => (fact.fact.type === "applied" ? [fact, fact] : [fact]));
  const header = { schema: "tauring.trace/1", world: "sim", name: "x", seed: null, referenceModel: null };
  writeFileSync(broken, `${[header, ...twice].map((line) => JSON.stringify(line)).join("\n")}\n`);
  const { code, stdout } = await run("trace", "explain", broken);
  expect(code).toBe(1);
  const [, told] = /^violated: \w+ at (\d+\.\d{6}s) on server-\d: /.exec(stdout) ?? [];
  expect(stdout).toMatch(new RegExp(`\n> +\\d+ +${told} `));
  expect(stdout).toMatch(/\n> +\d+ .*applied/);
});

test("explain holds a trace to the limits of its header, as check does", async () => {
  const strict = join(folder, "strict.jsonl");
  const limits = { answerMaxMs: 0 };
  const header = { schema: "tauring.trace/1", world: "sim", name: "x", seed: null, referenceModel: null };
  const lines = [{ ...header, limits }, ...facts].map((line) => JSON.stringify(line));
  writeFileSync(strict, `${lines.join("\n")}\n`);
  expect((await run("check", strict)).stdout).toMatch(/^violated[^]*V1 at/);
  const { code, stdout } = await run("trace", "explain", strict);
  expect(stdout).toMatch(/^violated: V1 at \d+\.\d{6}s on /);
  expect(code).toBe(1);
});

test("the export for Chrome is JSON in which each span ends, and that for ShiViz one clock a fact", async () => {
  const { stdout } = await run("trace", "export", path);
  const events: readonly { readonly ph: string; readonly id?: string }[] = JSON.parse(stdout);
  const of = (ph: string): number => events.filter((event) => event.ph === ph).length;
  expect(of("b")).toBe(of("e"));
  expect(of("s")).toBe(of("f"));
  expect(of("s")).toBeGreaterThan(20);
  const shiviz = await run("trace", "export", path, "--format", "shiviz");
  const parsed = [...shiviz.stdout.matchAll(/(\S*) (\{.*\})\n(.*)\n/g)];
  expect(parsed).toHaveLength(facts.length);
});

test.each([
  [["cat", path, "--type", "aplied"], /--type: found "aplied"; .*; did you mean applied\?/],
  [["cat", path, "--segment", "12"], /Expected eight hexadecimal digits/],
  [["cat", path, "--from", "soon"], /Expected a duration such as 1.5s, or the number of a fact/],
  [
    ["cat", path, "--node", "sever-1"],
    /--node: found "sever-1"; there are manager-0, .*; did you mean server-1\?/,
  ],
  [["cat", path, "--node", "nobody", "--from", "1ms"], /--node: found "nobody"; there are manager-0, /],
  [["diagram", path, "--node", "nobody"], /--node: found "nobody"; there are manager-0, /],
  [["diagram", path, "--slot", "77"], /nothing to draw: none of \d+ facts is selected/],
  [["explain", path, "--fact", "99999999"], /the trace has facts 0 to \d+/],
  [["diagram", path, "--facts-max", "3"], /facts are too many to draw: narrow it with --from/],
])("%j is refused with what would do", async (words, said) => {
  const { code, stderr } = await run("trace", ...words);
  expect(stderr).toMatch(said);
  expect(code).toBe(2);
});

test("a small file that unpacks to a very large one is refused", async () => {
  const bomb = join(folder, "bomb.jsonl.gz");
  writeFileSync(bomb, gzipSync(Buffer.alloc(2 ** 28 + 1, 32)));
  const { code, stderr } = await run("trace", "stats", bomb);
  expect(stderr).toContain("unpacked it is more than 268435456 bytes");
  expect(code).toBe(6);
});

test("the moments of real processes are told since the first fact, by cat and by check", async () => {
  const real = join(folder, "real.jsonl");
  const header = { schema: "tauring.trace/1", world: "grpc", name: "x", seed: null, referenceModel: null };
  const [first, ...others] = facts.flatMap((fact) => (fact.fact.type === "applied" ? [fact, fact] : [fact]));
  const late = [first, ...others].map((fact) => ({ ...fact, at: fact.at + 9e12 }));
  writeFileSync(real, `${[header, ...late].map((line) => JSON.stringify(line)).join("\n")}\n`);
  const lines = (await run("trace", "cat", real)).stdout.split("\n");
  expect(lines[0]).toMatch(/^ +0 +0\.000000s /);
  const { stdout } = await run("check", real);
  const [, moment] = /^ {2}\w+ at (\d+\.\d{6}s) on server-\d: /m.exec(stdout) ?? [];
  expect(lines.some((line) => line.includes(` ${moment} `))).toBe(true);
});

test("a folder's traces are read without those of nodes that were killed before their first fact", async () => {
  const inner = join(folder, "inner");
  mkdirSync(inner);
  writeFileSync(join(inner, "server-0.jsonl"), "");
  const nothing = await run("check", inner);
  expect(nothing.stderr).toMatch(/inner: found server-0\.jsonl \(empty\); expected traces/);
  expect(nothing.code).toBe(6);
  writeFileSync(join(inner, "all.jsonl.gz"), readFileSync(path));
  expect((await run("check", inner)).code).toBe(0);
});

const help = "tauring sim run, train and launch write traces with --trace";
test.each([
  ["nothing.jsonl", undefined, `there is no such file (ENOENT); ${help}`],
  ["t.jsonl.bz", undefined, `there is no such file (ENOENT); did you mean t.jsonl.gz?; ${help}`],
  ["empty.jsonl", "", `the file is empty; ${help}`],
  ["some.jsonl", "{}\n", `1: found {}; expected a header, {"schema":"tauring.trace/1",…}; ${help}`],
  ["story.yaml", scenario, "tauring sim run PATH --trace OUT writes a trace of it"],
])("%s instead of a trace is told with what would help", async (name, text, said) => {
  const file = join(folder, name);
  if (text !== undefined) writeFileSync(file, text);
  const { code, stderr } = await run("trace", "cat", file);
  expect(stderr).toContain(said.replace("PATH", file));
  expect(code).toBe(6);
});

test("sim conform is conform", async () => {
  const nowhere = join(folder, "nowhere.rec");
  const said = await run("conform", nowhere);
  expect(said.code).toBe(6);
  expect(await run("sim", "conform", nowhere)).toEqual(said);
});
