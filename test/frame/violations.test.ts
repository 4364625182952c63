/** Plants what the frame forbids into a copy of the project's frame, and sees the real lint rules and compiler refuse it. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const references = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8")) as {
  readonly references: readonly { readonly path: string }[];
};
/** The projects of the frame, such as src/core. */
const projects = references.references.map((reference) => reference.path);
let frame: string;
let lintOutput: string;

/** What is planted: where, the source, and the rule that must name it. */
const plants: readonly (readonly [why: string, file: string, source: string, rule: string])[] = [
  ["a clock in core", "core/p1.ts", "export const now: number = Date.now();", "no-restricted-globals"],
  [
    "a monotonic clock in core",
    "core/p2.ts",
    "export const now: number = performance.now();",
    "no-restricted-globals",
  ],
  ["a timer in core", "core/p3.ts", "setTimeout(() => undefined, 1);", "no-restricted-globals"],
  [
    "a promise in core",
    "core/p4.ts",
    "export const p: unknown = Promise.resolve(1);",
    "no-restricted-globals",
  ],
  [
    "an async function in core",
    "core/p5.ts",
    "export async function f(): Promise<void> {}",
    "no-async-await",
  ],
  ["a top-level wait in core", "core/p6.ts", "export const x: number = await 1;", "no-top-level-await"],
  ["randomness in core", "core/p7.ts", "export const r: number = Math.random();", "no-restricted-properties"],
  [
    "randomness by brackets",
    "core/p8.ts",
    'export const r: number = Math["random"]();',
    "no-restricted-properties",
  ],
  [
    "the engine's exp in an application",
    "apps/p9.ts",
    "export const e: number = Math.exp(1);",
    "no-restricted-properties",
  ],
  [
    "the engine's log in core",
    "core/p10.ts",
    "export const e: number = Math.log(2);",
    "no-restricted-properties",
  ],
  ["the process in core", "core/p11.ts", "export const id: number = process.pid;", "no-restricted-globals"],
  [
    "a locale in core",
    "core/p12.ts",
    'export const s: string = "I".toLocaleLowerCase();',
    "no-restricted-properties",
  ],
  [
    "Intl in core",
    "core/p13.ts",
    "export const f: unknown = new Intl.NumberFormat();",
    "no-restricted-globals",
  ],
  [
    "a node: module in core",
    "core/p14.ts",
    'export { readFileSync } from "node:fs";',
    "no-restricted-imports",
  ],
  [
    "a node: module loaded later",
    "core/p15.ts",
    'export const fs: unknown = import("node:fs");',
    "no-restricted-imports",
  ],
  ["a package in core", "core/p16.ts", 'export { alea } from "seedrandom";', "no-restricted-imports"],
  [
    "a package in an application",
    "apps/p17.ts",
    'export { alea } from "seedrandom";',
    "no-restricted-imports",
  ],
  [
    "a clock in an application",
    "apps/p18.ts",
    "export const now: unknown = new Date();",
    "no-restricted-globals",
  ],
  ["core reaching up", "core/p19.ts", 'export { name } from "../net/index.ts";', "no-restricted-imports"],
  [
    "core reaching up from a folder, types only",
    "core/keys/p20.ts",
    'import type { name } from "../../apps/index.ts";\nexport type N = typeof name;',
    "no-restricted-imports",
  ],
  ["sim knowing net", "sim/p21.ts", 'export { name } from "../net/index.ts";', "no-restricted-imports"],
  ["net knowing sim", "net/p22.ts", 'export { name } from "../sim/index.ts";', "no-restricted-imports"],
  [
    "observe knowing cli",
    "observe/p23.ts",
    'export { name } from "../cli/index.ts";',
    "no-restricted-imports",
  ],
  [
    "data knowing observe",
    "data/p24.ts",
    'export { name } from "../observe/index.ts";',
    "no-restricted-imports",
  ],
  [
    "core entered through a window",
    "net/p25.ts",
    'export { inner } from "../core/keys/inner.ts";',
    "no-restricted-imports",
  ],
  [
    "an import that hides its arrow",
    "sim/p36.ts",
    'export { name } from "#tauring/net/index.js";',
    "no-restricted-imports",
  ],
  [
    "a clock in the simulator",
    "sim/p26.ts",
    "export const now: number = Date.now();",
    "no-restricted-globals",
  ],
  ["a default export", "net/p27.ts", "export default 3;", "no-default-export"],
  ["any", "net/p28.ts", "export const x: any = 1;", "no-explicit-any"],
  [
    "five parameters",
    "cli/p29.ts",
    "export function f(_a: 1, _b: 1, _c: 1, _d: 1, _e: 1): void {}",
    "max-params",
  ],
  ["a file of 401 lines", "cli/p30.ts", `${"// filler\n".repeat(400)}export const n = 1;`, "max-lines"],
  [
    "a function of 91 lines",
    "cli/p31.ts",
    `export function f(): void {\n${"  f();\n".repeat(89)}}`,
    "max-lines-per-function",
  ],
  [
    "an import cycle",
    "core/p32.ts",
    'import { b } from "./p33.ts";\nexport const a: unknown = () => b;',
    "no-cycle",
  ],
  ["eval", "net/p34.ts", 'export const x: unknown = eval("1");', "no-eval"],
  [
    "the global object in core",
    "core/p35.ts",
    "export const x: unknown = globalThis;",
    "no-restricted-globals",
  ],
];

/** What passes, so that the rules are known not to refuse everything. */
const innocents: readonly (readonly [file: string, source: string])[] = [
  ["core/p33.ts", 'import { a } from "./p32.ts";\nexport const b: unknown = () => a;'],
  [
    "core/ok1.ts",
    'import { inner } from "./keys/inner.ts";\nexport const x: number = Math.max(inner, Math.sqrt(2));',
  ],
  ["apps/linear/ok2.ts", 'import { inner } from "../../core/index.ts";\nexport const y: number = inner;'],
  [
    "net/ok3.ts",
    'import { readFileSync } from "node:fs";\nexport const z: unknown = [readFileSync, Date.now()];',
  ],
  ["cli/ok4.ts", 'import { name } from "../net/index.ts";\nexport const w: string = name;'],
];

function plant(file: string, source: string): void {
  const path = join(frame, "src", file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${source}\n`);
}

function run(
  tool: string,
  ...parameters: string[]
): { readonly status: number | null; readonly output: string } {
  const result = spawnSync(join(root, "node_modules/.bin", tool), parameters, {
    cwd: frame,
    encoding: "utf8",
  });
  return { status: result.status, output: result.stdout + result.stderr };
}

beforeAll(() => {
  frame = mkdtempSync(join(tmpdir(), "tauring-frame-"));
  for (const file of [".oxlintrc.json", "tsconfig.base.json", "tsconfig.json", "package.json"]) {
    cpSync(join(root, file), join(frame, file));
  }
  symlinkSync(join(root, "node_modules"), join(frame, "node_modules"));
  for (const project of projects) {
    cpSync(join(root, project, "tsconfig.json"), join(frame, project, "tsconfig.json"));
    plant(`${project.slice("src/".length)}/index.ts`, `export const name: string = "${project}";`);
  }
  plant("core/index.ts", 'export * from "./keys/inner.ts";');
  plant("core/keys/inner.ts", "export const inner: number = 1;");
});

afterAll(() => {
  rmSync(frame, { recursive: true, force: true });
});

test("the compiler passes a clean frame", () => {
  expect(run("tsc", "-b").output).toBe("");
});

test.each([
  ["core importing net", "core/planted.ts", 'export { name } from "../net/index.ts";', "TS6307"],
  ["apps importing data", "apps/planted.ts", 'export { name } from "../data/index.ts";', "TS6307"],
  ["data importing apps", "data/planted.ts", 'export { name } from "../apps/index.ts";', "TS6307"],
  ["sim importing net", "sim/planted.ts", 'export { name } from "../net/index.ts";', "TS6307"],
  ["net importing sim", "net/planted.ts", 'export { name } from "../sim/index.ts";', "TS6307"],
  ["observe importing cli", "observe/planted.ts", 'export { name } from "../cli/index.ts";', "TS6307"],
  ["core importing a node: module", "core/planted.ts", 'export { readFileSync } from "node:fs";', "TS2591"],
  ["core reading the process", "core/planted.ts", "export const id: number = process.pid;", "TS2591"],
  ["core setting a timer", "core/planted.ts", "setTimeout(() => undefined, 1);", "TS2304"],
  ["an enum", "net/planted.ts", "export enum E { A }", "TS1294"],
  ["an export without its type", "core/planted.ts", "export const f = () => Math.abs(1);", "TS9013"],
])("the compiler refuses %s", (_why, file, source, code) => {
  plant(file, source);
  try {
    const result = run("tsc", "-b", `src/${file.slice(0, file.indexOf("/"))}`);
    expect(result.output).toContain(`planted.ts(1,`);
    expect(result.output).toContain(`error ${code}`);
    expect(result.status).not.toBe(0);
  } finally {
    rmSync(join(frame, "src", file));
  }
});

test("the linter refuses the whole", () => {
  for (const [, file, source] of plants) plant(file, source);
  for (const [file, source] of innocents) plant(file, source);
  const result = run("oxlint", "-f", "unix", "src");
  lintOutput = result.output;
  expect(result.status).toBe(1);
});

test.each(plants)("the linter refuses %s", (_why, file, _source, rule) => {
  const said = lintOutput.split("\n").filter((line) => line.startsWith(`src/${file}:`));
  expect(said.join("\n")).toContain(`(${rule})`);
});

test.each(innocents.slice(1))("the linter passes %s", (file) => {
  expect(lintOutput.split("\n").filter((line) => line.startsWith(`src/${file}:`))).toEqual([]);
});
