/** Whose processes are harmed: of this machine, and of the node that is meant. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { afterEach, expect, test, vi } from "vitest";
import { FoundProcesses, isNode } from "../../../src/cli/hands/found-processes.ts";
import { type NodeId, nodeId } from "../../../src/core/index.ts";
import type { NodeContact } from "../../../src/net/index.ts";

const worker = nodeId("worker-7");
const processes = new FoundProcesses({ addresses: ["127.0.0.1:1"], isSecured: false });
let child: ChildProcess | undefined;
const children: ChildProcess[] = [];

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  for (const one of children.splice(0)) one.kill("SIGKILL");
});

/** A process that says what a node's does. */
async function started(id: number): Promise<number> {
  const script =
    "setInterval(() => {}, 1000); process.on('SIGCONT', () => console.log('on')); console.log('there')";
  const words = ["-e", script, "tauring", "start", "--role", "worker", "--id", String(id)];
  child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"] });
  children.push(child);
  if (child.stdout !== null) await once(child.stdout, "data");
  return child.pid ?? 0;
}

function contacts(processId: number, host: string = hostname(), address = "127.0.0.1:7000"): NodeContact[] {
  return [{ node: worker, address, ageMs: 0, lost: null, dropped: 0, place: { processId, host } }];
}

test("a process of this machine that is the node hears the signal", async () => {
  const known = contacts(await started(7));
  expect(processes.refusal(worker, known)).toBeUndefined();
  const exit = child && once(child, "exit");
  processes.signal(worker, "SIGKILL", known);
  expect((await exit)?.[1]).toBe("SIGKILL");
  expect(processes.refusal(worker, known)).toMatch(/has ended/);
});

test("a number that is another process's by now is left alone", async () => {
  const known = contacts(await started(8));
  expect(processes.refusal(worker, known)).toMatch(/process \d+ is not worker-7/);
  processes.signal(worker, "SIGKILL", known);
  expect(child?.killed || child?.exitCode !== null).toBe(false);
});

test("one that has ended since it was looked at hears nothing", async () => {
  vi.spyOn(performance, "now").mockReturnValue(5_000);
  const known = contacts(await started(7));
  const exit = child && once(child, "exit");
  processes.signal(worker, "SIGKILL", known);
  await exit;
  expect(() => processes.signal(worker, "SIGCONT", known)).not.toThrow();
});

test("each is looked at now and then, and one that stands still goes on without a look", async () => {
  const now = vi.spyOn(performance, "now").mockReturnValue(5_000);
  const [first, second] = [contacts(await started(7)), contacts(await started(7))];
  processes.signal(worker, "SIGSTOP", first);
  processes.signal(worker, "SIGSTOP", second);
  vi.stubEnv("PATH", "/nowhere");
  // Both were seen a moment ago.
  const [one, other] = children;
  const exit = once(other, "exit");
  processes.signal(worker, "SIGKILL", second);
  expect((await exit)[1]).toBe("SIGKILL");
  now.mockReturnValue(9_000);
  expect(processes.refusal(worker, first)).toMatch(/cannot be looked at/);
  const said = one.stdout && once(one.stdout, "data");
  processes.signal(worker, "SIGCONT", first);
  expect(String(await said)).toBe("on\n");
  // Nobody has seen it since.
  const killed = vi.spyOn(process, "kill");
  processes.signal(worker, "SIGKILL", first);
  expect(killed.mock.calls.map(([, signal]) => signal)).toEqual([0]);
});

test("a name is free again where its process could not be started", async () => {
  vi.stubEnv("TMPDIR", "/nowhere/at-all");
  await expect(processes.begin(worker)).rejects.toThrow(/ENOENT/);
  expect([...processes.taken]).toEqual([]);
});

test("a node of another machine, or one that was never heard, is left alone", () => {
  expect(processes.refusal(worker, contacts(process.pid, "elsewhere"))).toMatch(/runs on elsewhere/);
  expect(processes.refusal(worker, contacts(process.pid, hostname(), "10.0.0.7:7000"))).toMatch(
    /10\.0\.0\.7/,
  );
  expect(processes.refusal(worker, [])).toBe("worker-7 has not said where it runs");
});

test.each([
  ["node bin/tauring.js start --role server --id 1 --cluster a", true],
  ["node bin/tauring.js start --role server --id=1", true],
  ["node bin/tauring.js start --role server --id 11", false],
  ["node bin/tauring.js start --role worker --id 1", false],
  ["node bin/tauring.js node join server-1 --connect 127.0.0.1:7070", true],
  ["node bin/tauring.js node join server --connect 127.0.0.1:7070", true],
  ["node bin/tauring.js node join server-2", false],
  ["vim server-1", false],
])("%s is server-1: %s", (command, isIt) => {
  expect(isNode(nodeId("server-1") as NodeId, command.split(" "))).toBe(isIt);
});
