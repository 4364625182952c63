/** What is done to processes by hand ends as it was said, whatever the cluster does meanwhile. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ProcessHands } from "../../../src/cli/hands/process-hands.ts";
import type { Contacts, ProcessesAtHand } from "../../../src/cli/hands/processes.ts";
import { nodeId } from "../../../src/core/index.ts";
import type { AdminAccess, Around, NodeContact } from "../../../src/net/index.ts";
import { clusterOf } from "../../tui/fixture.ts";

const view = clusterOf({ servers: 2, workers: 1 });
const plain: AdminAccess = { tls: undefined, clusterId: "local", timeoutMs: 1000 };

let heard: string[];
let unreachable: string | undefined;
let made: ProcessHands[];

/** As those of `tauring top`: found by what the contacts say. */
const processes: ProcessesAtHand = {
  restartRefusal: undefined,
  taken: [],
  refusal: () => undefined,
  signal: (node, signal, contacts: Contacts) => {
    const processId = contacts.find((one) => one.node === node)?.place?.processId;
    if (processId === undefined) return;
    if (node === unreachable && signal === "SIGCONT") throw new Error("no");
    heard.push(`${signal} ${processId}`);
  },
  begin: () => Promise.resolve(undefined),
  close: () => {},
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  heard = [];
  unreachable = undefined;
  made = [];
});

afterEach(() => {
  for (const hands of made) hands.close();
  vi.useRealTimers();
});

function handsWith(access: AdminAccess, addresses: readonly string[]): ProcessHands {
  const hands = new ProcessHands({ processes, addresses, access, drainTimeoutMs: 1000 });
  made.push(hands);
  return hands;
}

function contact(node: string, processId: number): NodeContact {
  const place = { processId, host: "here" };
  return { node: nodeId(node), address: "127.0.0.1:7000", ageMs: 0, lost: null, dropped: 0, place };
}

const around: Around = { view, contacts: [contact("server-0", 70), contact("server-1", 71)] };
const emptied: Around = { view, contacts: [] };
const seconds = 1_000_000;

test("a process that the cluster evicted while it stood still goes on", () => {
  const hands = handsWith(plain, []);
  hands.break({ kind: "pause", node: "server-0", forMicros: 9 * seconds }, around);
  hands.break({ kind: "pause", node: "server-1", forMicros: 20 * seconds }, around);
  expect(hands.held().get("server-0")).not.toHaveProperty("contacts");
  hands.ticked(100, emptied);
  vi.advanceTimersByTime(9_000);
  expect(heard).toEqual(["SIGSTOP 70", "SIGSTOP 71", "SIGCONT 70"]);
  hands.close();
  expect(heard.at(-1)).toBe("SIGCONT 71");
});

test("a process that stands still goes on where somebody has started its node again", () => {
  const hands = handsWith(plain, []);
  hands.break({ kind: "pause", node: "server-0", forMicros: 9 * seconds }, around);
  hands.ticked(100, { view, contacts: [contact("server-0", 99)] });
  expect(heard).toEqual(["SIGSTOP 70", "SIGCONT 70"]);
});

test("one that cannot be signalled leaves no other standing still", () => {
  const hands = handsWith(plain, []);
  for (const node of ["server-0", "server-1"])
    hands.break({ kind: "pause", node, forMicros: 9 * seconds }, around);
  unreachable = "server-0";
  hands.close();
  expect(heard.at(-1)).toBe("SIGCONT 71");
});

test("a manager that has not left within its notice is killed where there is another", () => {
  const manager = view.nodes.find(({ node }) => node === "manager-0");
  if (manager === undefined) throw new Error("the view has no manager");
  const two = { ...view, nodes: [...view.nodes, { ...manager, node: "manager-1" }] };
  const hands = handsWith(plain, []);
  const contacts = [contact("manager-1", 73)];
  const done = hands.break(
    { kind: "preempt", node: "manager-1", noticeMicros: seconds },
    { view: two, contacts },
  );
  expect(done.ok).toBe(true);
  vi.advanceTimersByTime(1_000);
  expect(heard).toEqual(["SIGKILL 73"]);
});

test.each(["drain", "preempt"] as const)("%s says why nobody could be asked", async (kind) => {
  const tls = { certPath: "no-such.pem", keyPath: "no-such.pem", caPath: "no-such.pem" };
  const hands = handsWith({ ...plain, tls }, ["127.0.0.1:1"]);
  hands.break(
    kind === "drain" ? { kind, node: "server-0" } : { kind, node: "server-0", noticeMicros: 9 * seconds },
    around,
  );
  await new Promise((resolve) => setImmediate(resolve));
  expect(hands.notice).toMatch(/no-such\.pem/);
});
