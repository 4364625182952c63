/** The form of scenario files: one scenario extends another, older versions are read, and the canonical form is stable. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { scenarioFiles } from "../../src/cli/scenario-files.ts";
import { describeProblems, formatScenario, parseScenario } from "../../src/sim/index.ts";
import { migrated } from "../../src/sim/scenario/migrate.ts";

const library = fileURLToPath(new URL("../../scenarios", import.meta.url));

const base = `schema: tauring.scenario/1
name: base
why: y
seed: 1
cluster: { servers: 2, workers: 2 }
net: { default: { delay: { constant: 1ms } } }
faults:
  - { kind: crash, node: server-1, at: 1s }
workload:
  - { kind: application, application: provenance, options: { tasks: 3 } }
`;

function read(path: string): string {
  if (path !== "base.yaml") throw new Error(`${path}: there is no such file`);
  return base;
}

test("a scenario that extends another says only what is different: maps are merged, lists replaced", () => {
  const child = "extends: base.yaml\nname: child\ncluster: { servers: 3 }\nfaults: []\n";
  const parsed = parseScenario(child, "child.yaml", read);
  if (!parsed.ok) return expect.fail(describeProblems(parsed.problems));
  const { name, why, cluster, faults, net } = parsed.value;
  expect({ name, why, faults, delay: net.default.delay }).toEqual({
    name: "child",
    why: "y",
    faults: [],
    delay: { kind: "constant", value: 1000 },
  });
  expect([cluster.servers, cluster.workers]).toEqual([3, 2]);
});

test.each([
  ["extends: bose.yaml\n", 'c.yaml:1:10 extends: found "bose.yaml"; bose.yaml: there is no such file'],
  ["extends: base.yaml\nclster: { servers: 3 }\n", "c.yaml:2:1 clster: no such field; did you mean cluster?"],
])("%s is told with its place", (text, said) => {
  const parsed = parseScenario(text, "c.yaml", read);
  expect(parsed.ok ? "accepted" : describeProblems(parsed.problems)).toBe(said);
});

test("a scenario that extends itself is refused", () => {
  const parsed = parseScenario("extends: a.yaml\n", "a.yaml", () => "extends: a.yaml\n");
  expect(parsed.ok ? "accepted" : describeProblems(parsed.problems)).toBe(
    'a.yaml:1:10 extends: found "a.yaml"; more than 8 scenarios extend one another, or one extends itself',
  );
});

test("an older version becomes this one step by step, and an unknown one is left to the schema", () => {
  const steps = {
    "story/1": {
      to: "story/2",
      change: ({ reason, ...rest }: Record<string, unknown>) => ({ ...rest, why: reason }),
    },
    "story/2": { to: "story/3", change: (fields: Record<string, unknown>) => ({ ...fields, seed: 0 }) },
  };
  expect(migrated({ schema: "story/1", reason: "r" }, "story/3", steps)).toEqual({
    value: { schema: "story/3", why: "r", seed: 0 },
  });
  expect(migrated({ schema: "story/9" }, "story/3", steps)).toEqual({ value: { schema: "story/9" } });
  expect(migrated([1], "story/3", steps)).toEqual({ value: [1] });
});

const files = scenarioFiles(library);

test.each(files)("%s is in its canonical form, which means the same", (file) => {
  const text = readFileSync(file, "utf8");
  const from = (path: string): string => readFileSync(join(dirname(file), path), "utf8");
  expect(formatScenario(text), "tauring sim validate --fix FILE").toBe(text);
  const parsed = parseScenario(text, file, from);
  if (!parsed.ok) return expect.fail(describeProblems(parsed.problems));
  expect(file.endsWith(`/${parsed.value.name}.yaml`)).toBe(true);
});

test("the canonical form of a loose text means the same, and keeps its comments", () => {
  const loose = `# Why this is here.\n"name": "x"\n"schema": "tauring.scenario/1"\nwhy: "a: b"\ncluster: {"workers": 2,\n  "servers": 2}\nworkload:\n  - {"kind": "application", "application": "provenance"}\n`;
  const formatted = formatScenario(loose);
  expect(formatted).toContain("# Why this is here.");
  expect(formatScenario(formatted)).toBe(formatted);
  const both = [loose, formatted].map((text) => parseScenario(text, "x.yaml"));
  expect(both[1].ok && both[1].value).toEqual(both[0].ok && both[0].value);
});
