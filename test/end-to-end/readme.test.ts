/** What the README shows is so: its commands are run, or parsed where they need more machines than one. */
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { type Ended, endAll, root, tauring, Workshop } from "./support/commands.ts";

const workshop = new Workshop();
afterEach(endAll);
afterAll(() => workshop.remove());
for (const name of ["jobs", "data", "scenarios"]) symlinkSync(join(root, name), workshop.path(name));

const readme = readFileSync(join(root, "README.md"), "utf8");

/** The commands of a section, each run where the one before has left its files. */
async function runSection(heading: string): Promise<readonly Ended[]> {
  const section = readme.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  const commands = [...section.matchAll(/^\$ npx tauring (.+)$/gm)].map(([, command]) => command);
  expect(commands.length, `commands of "${heading}"`).toBeGreaterThan(0);
  const ended: Ended[] = [];
  for (const command of commands) ended.push(await tauring(command.split(" "), { cwd: workshop.folder }));
  return ended;
}

test("two worlds: one model in both and for any number of servers; recorded nodes conform, and the trace is checked", async () => {
  const [real, simulated, wide, recorded, conform, check] = await runSection("Two worlds");
  for (const { code, stderr } of [real, simulated, wide, recorded, conform, check])
    expect(code, stderr).toBe(0);
  const model = (run: Ended): string | undefined => /^sha256 +([0-9a-f]{64})$/m.exec(run.stdout)?.[1];
  expect(model(real)).toMatch(/./);
  expect([model(simulated), model(wide)]).toEqual([model(real), model(real)]);
  expect(conform.stdout.match(/^same /gm)).toHaveLength(6);
  expect(check.stdout).toMatch(/^pass: /);
});

test("every scenario of scenarios/basics is in it; they are run by test/cli/sim-run-folder.test.ts", () => {
  for (const name of readdirSync(join(root, "scenarios/basics")))
    expect(readme).toContain(`(scenarios/basics/${name})`);
});

test("the job that it shows is sound, and a mistake in it is reported as it shows", async () => {
  const job = /```yaml\n(schema: tauring\.job\/1\n[\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const shipped = readFileSync(join(root, "jobs/clickbait.yaml"), "utf8");
  const plain = (text: string): string =>
    text
      .replace(/ *#.*$/gm, "")
      .replace(/\n+/g, "\n")
      .trim();
  expect(plain(job)).toBe(plain(shipped));
  writeFileSync(workshop.path("broken.yaml"), job.replace("lambda:", "lamda:"));
  const [broken] = await runSection("A job");
  expect(broken.code).toBe(2);
  expect(readme).toContain(`$ npx tauring train broken.yaml\n${broken.stderr}`);
});
