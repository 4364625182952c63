/** What the linter cannot express: read in the text of core and the applications, comments and strings left out. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withoutCommentsAndStrings } from "./source-text.ts";

const root = join(import.meta.dirname, "../..");

interface Rule {
  readonly pattern: RegExp;
  readonly why: string;
}

const pureRules: readonly Rule[] = [
  { pattern: /\bMath\b(?!\s*\.)/, why: "Math under another name hides what is called" },
  { pattern: /\bawait\b/, why: "core does not wait" },
  { pattern: /\basync\b/, why: "core does not wait" },
  { pattern: /\bPromise(Like)?\b/, why: "core does not wait" },
  { pattern: /\bDate\b/, why: "core has no clock" },
  { pattern: /\bimport\s*\(/, why: "what is loaded is known before the run" },
  { pattern: /\bimport\s*\.\s*meta\b/, why: "core does not know where it is installed" },
  {
    pattern: /\bdeclare\s+(global|module|const|let|var|function)\b(?!\s+\w+\s*:\s*unique symbol)/,
    why: "a declaration would bring in what the compiler leaves out",
  },
];

function filesOf(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

export function violations(text: string, rules: readonly Rule[]): string[] {
  const found: string[] = [];
  for (const [index, line] of withoutCommentsAndStrings(text).split("\n").entries()) {
    for (const rule of rules)
      if (rule.pattern.test(line)) found.push(`${index + 1}: ${rule.why}: ${line.trim()}`);
  }
  return found;
}

test("core and the applications have no clock, no randomness, no promise and no way around the rules", () => {
  const files = [...filesOf("src/core"), ...filesOf("src/apps")];
  expect(files.length, "some files were read").toBeGreaterThan(20);
  const found = files.flatMap((file) =>
    violations(readFileSync(join(root, file), "utf8"), pureRules).map((text) => `${file}:${text}`),
  );
  expect(found).toEqual([]);
});

test("no rule is switched off by a comment in src", () => {
  const directive = /(oxlint|eslint)-disable|@ts-(ignore|expect-error|nocheck)|biome-ignore/;
  const found = filesOf("src").filter((file) => directive.test(readFileSync(join(root, file), "utf8")));
  expect(found).toEqual([]);
});

test.each([
  ["an alias of Math", "const { random } = Math;"],
  ["a wait in an async loop", "for await (const x of y) use(x);"],
  ["a dynamic import", 'const fs = import("node:fs");'],
  ["a global that is declared by hand", "declare const process: { hrtime(): number };"],
  ["a clock in a template", "const text = `${Date.now()}`;"],
])("%s is seen", (_why, line) => {
  expect(violations(`const before = 1;\n${line}\n`, pureRules)).toHaveLength(1);
});

test.each([
  ["a comment", "/* await\n Promise */ const x = 1; // Date"],
  ["a string", "const text = 'the Date is \\' Math'; const t = `await ${x} Promise`;"],
  ["plain use", "const x = Math.max(1, 2); declare const brand: unique symbol;"],
])("%s passes", (_why, text) => {
  expect(violations(text, pureRules)).toEqual([]);
});
