/** Whose processes are harmed: of this machine, and of the node that is meant. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { hostname } from "node:os";
import { afterEach, expect, test } from "vitest";
import { FoundProcesses, isNode } from "../../../src/cli/hands/found-processes.ts";
import { type NodeId, nodeId } from "../../../src/core/index.ts";
import type { NodeContact } from "../../../src/net/index.ts";

const worker = nodeId("worker-7");
const processes = new FoundProcesses({ addresses: ["127.0.0.1:1"], isSecured: false });
let child: ChildProcess | undefined;

afterEach(() => child?.kill("SIGKILL"));

/** A process that says what a node's does. */
async function started(id: number): Promise<number> {
  const script = "setInterval(() => {}, 1000); console.log('there')";
  const words = ["-e", script, "tauring", "start", "--role", "worker", "--id", String(id)];
  child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"] });
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
