/** The real command in a real terminal: keys, sizes, signals, and what it leaves behind. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { hasTmux, Tmux } from "./tmux.ts";

const root = join(import.meta.dirname, "../..");
const binary = join(root, "bin/tauring.js");
const trace = join(import.meta.dirname, "golden/server-lost.jsonl.gz");
const folder = mkdtempSync(join(tmpdir(), "tauring-top-"));
const command = `cd ${folder}; ${process.execPath} ${binary} top ${trace}`;
let terminal: Tmux;
let started = 0;

beforeAll(() => {
  if (!hasTmux) throw new Error("tmux is not there: apt-get install tmux");
});
beforeEach(() => {
  started += 1;
  terminal = new Tmux(String(started));
});
afterEach(() => terminal.end());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a newcomer finds", { timeout: 120_000 }, () => {
  test("who has a key, who is slow and why, and the last failover, each with what help says", async () => {
    terminal.start(`${command} --at 150ms`, 120, 40);
    await terminal.until(/1 ring/);
    terminal.keys("?");
    const help = await terminal.until(/What do you want to know/);
    expect(help).toMatch(/Which server masters a key\? +:key \d+/);
    terminal.keys("Escape");
    // What is typed at once after it would be read together with it.
    await terminal.until(/^(?![\s\S]*What do you want to know)[\s\S]*1 ring/);
    terminal.type(":key 77");
    terminal.keys("Enter");
    await terminal.until(/key 77 of weights: master server-1, copy at server-3/);
    terminal.keys("w");
    await terminal.until(/slowest: worker-\d, .*waits since .* for server-\d to answer task/);
    terminal.keys("G");
    await terminal.until(/0\.445s \/ 0\.445s/);
    terminal.keys("l");
    await terminal.until(
      /last failover: server-1 lost at 0\.080s, noticed after .*taken over after 126 ms by server-3/,
    );
  });

  test("each panel, the diagram of messages, and a smaller terminal", async () => {
    terminal.start(`${command} --at 60ms`, 120, 40);
    await terminal.until(/6 events/);
    terminal.keys("1", "1");
    await terminal.until(/outer arc: master/);
    terminal.keys("7");
    await terminal.until(/messages around now/);
    terminal.keys("Escape");
    await terminal.until(/3 workers/);
    terminal.resize(80, 24);
    await terminal.until(/4 traffic(?![\s\S]*3 workers)/);
    const lineCount = (): number => terminal.screen().trimEnd().split("\n").length;
    await expect.poll(lineCount, { timeout: 60_000 }).toBeLessThanOrEqual(23);
    terminal.resize(50, 12);
    await terminal.until(/Terminal too small \(50x12\); need 60x16/);
  });

  test("the screen as files", async () => {
    terminal.start(`${command} --at 60ms`, 100, 30);
    await terminal.until(/6 events/);
    terminal.keys("s");
    await terminal.until(/saved as tauring-1\.txt and tauring-1\.svg/);
    expect(readFileSync(join(folder, "tauring-1.txt"), "utf8")).toContain("1 ring");
    expect(readFileSync(join(folder, "tauring-1.svg"), "utf8")).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
  });
});

describe("leaving", { timeout: 120_000 }, () => {
  test.each([
    ["q", 0],
    ["C-c", 0],
  ])("by %s brings the screen from before back, with exit code %i", async (key, code) => {
    terminal.start(command, 100, 30);
    await terminal.until(/6 events/);
    expect([terminal.isAlternate, terminal.hasCursor]).toEqual([true, false]);
    terminal.keys(key);
    expect(await terminal.until(new RegExp(`left with ${code}`))).toMatch(/^before\nleft with/);
    expect([terminal.isAlternate, terminal.hasCursor]).toEqual([false, true]);
  });

  test.each([
    ["SIGTERM", 143],
    ["SIGHUP", 143],
    ["SIGINT", 130],
  ] as const)("by %s does so too, with exit code %i", async (signal, code) => {
    terminal.start(command, 100, 30);
    await terminal.until(/6 events/);
    process.kill(terminal.commandProcess(), signal);
    expect(await terminal.until(new RegExp(`left with ${code}`))).toMatch(/^before\nleft with/);
    expect([terminal.isAlternate, terminal.hasCursor]).toEqual([false, true]);
  });
});

describe("without a terminal", () => {
  const run = (words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, [binary, "top", ...words], {
      encoding: "utf8",
      env: { ...process.env, LANG: "C.UTF-8", LC_ALL: "", ...env },
    });

  test("the screen is printed once, without an escape, and the exit code is 0", () => {
    const { status, stdout, stderr } = run([trace, "--at", "150ms"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("╭─ 1 ring");
    expect(stdout).not.toContain("\u001b");
    expect(stdout.split("\n").length).toBe(40);
  });

  test("in ASCII where the locale is not UTF-8", () => {
    expect(run([trace], { LANG: "C" }).stdout).toMatch(/^[\n -~]*$/);
  });

  test("a trace that is not there is an error of data", () => {
    const { status, stderr } = run([join(folder, "none.jsonl")]);
    expect([status, existsSync(join(folder, "none.jsonl"))]).toEqual([6, false]);
    expect(stderr).toContain("none.jsonl");
  });
});
