/** The demo on real processes, in a real terminal: what is broken by hand, and that nothing is left behind. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { hasTmux, Tmux } from "./tmux.ts";

const binary = join(import.meta.dirname, "../../bin/tauring.js");
const command = `${process.execPath} ${binary} demo --world grpc`;
const folder = mkdtempSync(join(tmpdir(), "tauring-demo-"));
const file = join(folder, "mine.yaml");
let terminal: Tmux;
let started = 0;

beforeEach(() => {
  if (!hasTmux) throw new Error("tmux is not there: apt-get install tmux");
  started += 1;
  terminal = new Tmux(`demo-${started}`);
  terminal.start(command, 120, 40);
});
afterEach(() => terminal.end());
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Of the cluster that the process started. */
function childrenOf(pid: number): readonly string[] {
  const all = execFileSync("ps", ["-eo", "pid=,stat=,args="], { encoding: "utf8" }).split("\n");
  return all.filter((line) => line.includes(`--cluster local-${pid}`) && !/^\s*\d+ Z/.test(line));
}

async function untilNoneOf(pid: number): Promise<void> {
  const end = performance.now() + 60_000;
  while (childrenOf(pid).length > 0 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(childrenOf(pid)).toEqual([]);
}

describe("tauring demo --world grpc", { timeout: 240_000 }, () => {
  test("a story, harm by key with a question, and every process ends with it", async () => {
    await terminal.until(/running[\s\S]*6 events/);
    const pid = terminal.commandProcess();
    expect(childrenOf(pid)).toHaveLength(8);
    await terminal.until(/took over \d+ segments of server-1, .* after it was lost/);
    terminal.keys("f");
    const menu = await terminal.until(/break things/);
    expect(menu).toMatch(
      /k\s+kill[\s\S]*p\s+pause[\s\S]*e\s+preempt[\s\S]*c\s+cut[\s\S]*h\s+heal[\s\S]*s\s+slow[\s\S]*j\s+join[\s\S]*d\s+drain/,
    );
    terminal.keys("p");
    terminal.type("worker-2 20s");
    terminal.keys("Enter");
    await terminal.until(/pause worker-2 20s on .*: sure\? y\/n/);
    // Later the story stops another one by itself.
    const isStopped = (): boolean =>
      childrenOf(pid).some((line) => /^\s*\d+ T/.test(line) && line.includes("--role worker --id 2 "));
    expect(isStopped()).toBe(false);
    terminal.keys("y");
    await terminal.until(/worker-2: its process stands still \(SIGSTOP\) for 20 s/);
    expect(isStopped()).toBe(true);
    terminal.type(":cut server-0 worker-0 1s");
    terminal.keys("Enter");
    await terminal.until(/cut server-0 worker-0 1s on .*: sure\? y\/n/);
    terminal.keys("y");
    await terminal.until(/server-0 cut off from worker-0, for 1 s/);
    terminal.type(":kill manager-0");
    terminal.keys("Enter");
    await terminal.until(/sure\? y\/n/);
    terminal.keys("y");
    await terminal.until(/manager-0 keeps the registry of this cluster/);
    terminal.type(`:scenario ${file}`);
    terminal.keys("Enter");
    await terminal.until(/tauring sim run \S+ repeats it/);
    expect(readFileSync(file, "utf8")).toMatch(/kind: cut, from: \[ server-0 \], to: \[ worker-0 \]/);
    expect(readFileSync(file, "utf8")).toMatch(/kind: pause, node: worker-2[\s\S]*job: \S*jobs\/a9a\.yaml/);
    // One of them stands still.
    terminal.keys("q");
    expect(await terminal.until(/left with 0/)).toMatch(/^before\n/);
    expect([terminal.isAlternate, terminal.hasCursor]).toEqual([false, true]);
    await untilNoneOf(pid);
  });

  test("SIGTERM ends all of them too, with exit code 143", async () => {
    await terminal.until(/6 events/);
    const pid = terminal.commandProcess();
    process.kill(pid, "SIGTERM");
    expect(await terminal.until(/left with 143/)).toMatch(/^before\n/);
    expect([terminal.isAlternate, terminal.hasCursor]).toEqual([false, true]);
    await untilNoneOf(pid);
  });
});
