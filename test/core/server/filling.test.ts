import fc from "fast-check";
import { expect, test } from "vitest";
import { type NodeId, recordKeys, Server, type Slot, type View } from "../../../src/core/index.ts";
import { FakeShell } from "../../support/fake-shell.ts";
import { application, jobSpec, parameterSpec } from "../../support/jobs.ts";
import { type MessageOf, OneServer } from "./one-server.ts";

const [newcomer, master] = ["server-0" as NodeId, "server-1" as NodeId];
const everyKey = Array.from({ length: 100 }, (_, key) => key);

function viewOf(number: number, holders: readonly NodeId[], filling: readonly NodeId[]): View {
  const incarnations = { [newcomer]: 1, [master]: 1 };
  return {
    number,
    lineage: 1,
    incarnations,
    segments: [{ begin: 0, holders, since: number, filling }],
  };
}

/** A master that serves, and a server that it fills: what they say to each other arrives in order, when the test says so. */
class Pair {
  readonly newcomer: OneServer;
  private readonly shell: FakeShell;
  private readonly master: Server;
  private toNewcomer = 0;
  private toMaster = 0;
  private time = 0;

  /** The newcomer remembers key lists of so many bytes. */
  constructor(rememberedBytes: number) {
    const view = viewOf(1, [master], [newcomer]);
    const job = { tau: null, slotCount: 1 };
    this.shell = new FakeShell({
      id: master,
      view,
      job: jobSpec(job),
      options: { fillChunkBytes: 100, fillBytesPerSecondMax: 1e5 },
    });
    this.master = new Server(this.shell, () => application({ parameters: [parameterSpec()] }));
    this.shell.attach(this.master);
    this.newcomer = new OneServer({ view, job, options: { keyListCacheBytesMax: rememberedBytes } });
    this.master.started();
  }

  push(keys: readonly number[], value: number): void {
    const push = this.newcomer.pushOf({
      slot: 0,
      time: this.time++,
      keys,
      values: keys.map(() => value),
    });
    this.master.received("worker-0" as NodeId, structuredClone({ ...push, slots: [0 as Slot] }));
  }

  /** False: nothing was on its way. */
  arriveAtNewcomer(): boolean {
    const sent = this.shell.sent.filter(({ to }) => to === newcomer);
    if (this.toNewcomer >= sent.length) return false;
    this.newcomer.deliver(structuredClone(sent[this.toNewcomer++].message), master);
    return true;
  }

  arriveAtMaster(): boolean {
    const sent = this.newcomer.shell.sent.filter(({ to }) => to === master);
    if (this.toMaster >= sent.length) return false;
    this.master.received(newcomer, structuredClone(sent[this.toMaster++].message));
    return true;
  }

  /** More rows may be sent. */
  wait(): boolean {
    const due = this.shell.timers.get("fill");
    if (due === undefined) return false;
    this.shell.timers.delete("fill");
    this.shell.now = due;
    this.master.timerFired("fill");
    return true;
  }

  /** Until nothing is on its way. */
  settle(): void {
    for (let i = 0; i < 10_000; i++) {
      const moved = [this.arriveAtNewcomer(), this.arriveAtMaster(), this.wait()];
      if (!moved.includes(true)) return;
    }
    throw new Error("they never stop");
  }

  /** What the master has of every key. */
  atMaster(): readonly number[] {
    const before = this.shell.sent.length;
    const { keys, ...pull } = this.pullOf(1);
    this.master.received("worker-0" as NodeId, { ...pull, keys });
    const reply = this.shell.sent.slice(before).find(({ to }) => to === "worker-0")?.message;
    return this.newcomer.decode((reply as MessageOf<"pulled">).values);
  }

  /** What the newcomer has, made master. */
  atNewcomer(): readonly number[] {
    this.newcomer.shell.view = viewOf(2, [newcomer], []);
    this.newcomer.server.recordChanged(recordKeys.view);
    return this.newcomer.valuesIn(this.newcomer.deliver(this.pullOf(2)));
  }

  get isFilled(): boolean {
    return this.shell.facts.some((fact) => fact.type === "holder-filled" && fact.peer === newcomer);
  }

  private pullOf(view: number): MessageOf<"pull"> {
    const pairs = Uint32Array.from(everyKey.flatMap((key) => [key, 0]));
    const { hash } = this.newcomer.pushOf({ slot: 0, time: 0, keys: everyKey }).keys;
    const pull = this.newcomer.pullOf({ hash, pairs }, {}, { view });
    return pull;
  }
}

const lists = [
  [1, 2, 3],
  [10, 20, 30, 40],
  [0, 50, 99],
  [60, 61, 62, 63, 64],
];

test("whoever was filled has every push, though it forgets key lists and entries come among rows", () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant("push" as const), list: fc.constantFrom(...lists) }),
    fc.record({
      type: fc.constantFrom("arriveAtNewcomer" as const, "arriveAtMaster" as const, "wait" as const),
    }),
  );
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 120 }),
      fc.integer({ min: 0, max: 60 }),
      (steps, rememberedBytes) => {
        const pair = new Pair(rememberedBytes);
        for (const key of everyKey) if (key % 3 === 0) pair.push([key], 1);
        for (const [i, one] of steps.entries()) {
          if (one.type === "push") pair.push(one.list, i + 1);
          else pair[one.type]();
        }
        pair.settle();
        expect(pair.isFilled).toBe(true);
        expect(pair.atNewcomer()).toEqual(pair.atMaster());
      },
    ),
    { seed: 12, numRuns: 300 },
  );
});

test("one that is behind what its sender still keeps is filled from the beginning", () => {
  const [sender, receiver] = ["server-0", "server-1"];
  const one = new OneServer({
    view: viewOf(1, [sender as NodeId], [receiver as NodeId]),
    job: { tau: null, slotCount: 1 },
    options: { fillChunkBytes: 200 },
  });
  const push = (time: number): void => {
    one.deliver(one.pushOf({ slot: 0, time, keys: everyKey, values: everyKey }));
  };
  const rowsAfter = (index: number, end: number, isGap: boolean): readonly (bigint | string)[] => {
    const token = { lineage: 1, view: 1, index };
    const filled = { begin: 0n, end: BigInt(end) };
    const named = { type: "position", parameter: 0, segment: 0, view: 1 } as const;
    const said = { ...named, token, digest: 0, isFull: false, isGap, filled };
    const before = one.shell.sent.length;
    one.deliver(said, receiver);
    const due = one.shell.timers.get("fill");
    if (due !== undefined) {
      one.shell.timers.delete("fill");
      one.shell.now = due;
      one.server.timerFired("fill");
    }
    return one.shell.sent
      .slice(before)
      .map(({ message }) => (message.type === "snapshot" ? message.filled.begin : message.type));
  };
  for (let time = 0; time < 6; time++) push(time);
  expect(rowsAfter(0, 0, false)).toEqual([0n]);
  const [first] = one.shell.sent.flatMap(({ message }) => (message.type === "snapshot" ? [message] : []));
  const end = Number(first.filled.end);
  expect(rowsAfter(6, end, false)).toEqual([BigInt(end)]);
  push(6);
  expect(rowsAfter(6, end, true)).toEqual(["entry", BigInt(end)]);
  expect(rowsAfter(2, end, true)).toEqual([0n]);
});
