/** What one watcher is sent: the newest, at most once an interval, and never faster than it reads. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { micros, nodeId } from "../../../src/core/index.ts";
import type { NodeState } from "../../../src/net/admin/admin-messages.ts";
import { KnownCluster } from "../../../src/net/admin/known-cluster.ts";
import { OwnState } from "../../../src/net/admin/own-state.ts";
import { WatchCall, type WatchStream } from "../../../src/net/admin/watch-call.ts";
import type { NodePart } from "../../../src/observe/index.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] }));
afterEach(() => vi.useRealTimers());

/** A watcher that takes what it is sent when the test says so. */
class Watcher {
  readonly states: NodeState[] = [];
  private taken: (() => void)[] = [];
  private ends: (() => void)[] = [];
  readonly stream: WatchStream = {
    request: { intervalMs: 100 },
    write: (state: NodeState, taken: () => void) => {
      this.states.push(state);
      this.taken.push(taken);
      return true;
    },
    on: (name: string, listener: () => void) => {
      if (name === "cancelled") this.ends.push(listener);
      return this.stream;
    },
  } as unknown as WatchStream;

  take(): void {
    for (const taken of this.taken.splice(0)) taken();
  }

  hangUp(): void {
    for (const end of this.ends) end();
  }
}

function start() {
  const known = new KnownCluster();
  const state = new OwnState(nodeId("worker-0"), known);
  const watcher = new Watcher();
  let finished = 0;
  const finish = (count: number): void => {
    for (let i = 0; i < count; i++) {
      const time = finished++ as never;
      state.observe(
        { type: "task-finished", slot: 0 as never, time, busyMicros: 10 },
        micros(1000 * finished),
      );
    }
  };
  const call = new WatchCall(watcher.stream, state, 100);
  return { known, state, watcher, finish, call };
}

function finishedIn({ part }: NodeState): number {
  return (JSON.parse(part) as NodePart).slots[0].finished;
}

test("many facts in an interval are one state, the newest; without news there is none", () => {
  const { watcher, finish, call } = start();
  expect(watcher.states).toHaveLength(1);
  watcher.take();
  finish(50);
  vi.advanceTimersByTime(100);
  watcher.take();
  vi.advanceTimersByTime(300);
  expect(watcher.states.slice(1).map(finishedIn)).toEqual([50]);
  call.close();
});

test("a watcher that takes nothing is sent nothing; what it missed is counted, and the next is the newest", () => {
  const { watcher, finish, call } = start();
  for (let i = 0; i < 20; i++) {
    finish(10);
    vi.advanceTimersByTime(100);
  }
  expect(watcher.states).toHaveLength(1);
  watcher.take();
  vi.advanceTimersByTime(100);
  expect(watcher.states).toHaveLength(2);
  expect(finishedIn(watcher.states[1])).toBe(200);
  expect(watcher.states[1].dropped).toBe(20);
  call.close();
});

test("a node without news says every second that it is there", () => {
  const { watcher, call } = start();
  for (let i = 0; i < 40; i++) {
    watcher.take();
    vi.advanceTimersByTime(100);
  }
  expect(watcher.states).toHaveLength(5);
  expect(watcher.states.slice(1).map(({ part, events, known }) => part + events + known)).toEqual(
    Array.from({ length: 4 }, () => ""),
  );
  call.close();
});

test("events are sent once, what the registry says when it changes, and nothing after the watcher has gone", () => {
  const { watcher, state, known } = start();
  watcher.take();
  state.observe({ type: "node-started", incarnation: 1 }, micros(1));
  known.learn([
    {
      type: "put",
      record: {
        key: "nodes/worker-0",
        value: '{"incarnation":1,"address":"a"}',
        created: 1,
        modified: 1,
        lease: 0,
      },
    },
  ]);
  vi.advanceTimersByTime(100);
  watcher.take();
  state.observe({ type: "node-stopped", reason: "enough" }, micros(2));
  vi.advanceTimersByTime(100);
  watcher.take();
  const events = watcher.states
    .slice(1)
    .map((sent) => (JSON.parse(sent.events) as { kind: string }[]).map(({ kind }) => kind));
  expect(events).toEqual([["node-started"], ["node-stopped"]]);
  expect(watcher.states.map((sent) => sent.known !== "")).toEqual([true, true, false]);
  expect(JSON.parse(watcher.states[1].known)).toMatchObject({
    members: [{ node: "worker-0", address: "a" }],
  });
  watcher.hangUp();
  state.observe({ type: "node-stopped", reason: "again" }, micros(3));
  vi.advanceTimersByTime(1000);
  expect(watcher.states).toHaveLength(3);
});
