import { afterEach, expect, test, vi } from "vitest";
import { type JobSpec, type Slot, slot } from "../../../src/core/index.ts";
import type { Loaded } from "../../../src/net/program/slot-thread.ts";
import { StandbyShares, type StandbyLimits } from "../../../src/net/program/standby-shares.ts";

const limits: StandbyLimits = { standbySharesMax: 4, standbyNonzerosMax: 1_000, standbyAfterMs: 10 };
const job = { slotCount: 4, source: { paths: [] } } as unknown as JobSpec;
const summary = { rows: 1, nonzeros: 100, badLines: 0, loadMicros: 0 };
const held: Loaded = { type: "held", summary };

afterEach(() => {
  vi.useRealTimers();
});

interface FakeThread {
  readonly slot: Slot;
  isClosed: boolean;
  readonly exited: Promise<void>;
  readonly exit: () => void;
  close(): Promise<void>;
}

/** Shares that are loaded when the test says so. */
function standby(more: Partial<StandbyLimits> = {}) {
  vi.useFakeTimers();
  const threads: FakeThread[] = [];
  const answers: ((loaded: Loaded) => void)[] = [];
  const shares = new StandbyShares<FakeThread>({ ...limits, ...more }, (_job, of) => {
    let exit = (): void => {};
    const exited = new Promise<void>((resolve) => {
      exit = resolve;
    });
    const thread: FakeThread = {
      exited,
      exit,
      slot: of,
      isClosed: false,
      close: () => {
        thread.isClosed = true;
        exit();
        return Promise.resolve();
      },
    };
    threads.push(thread);
    return { thread, loaded: new Promise((resolve) => answers.push(resolve)) };
  });
  const pass = (): Promise<unknown> => vi.advanceTimersByTimeAsync(limits.standbyAfterMs);
  const answer = async (loaded: Loaded): Promise<void> => {
    answers.shift()?.(loaded);
    await pass();
  };
  return { shares, threads, pass, answer, begun: () => threads.map(({ slot: of }) => Number(of)) };
}

test("shares of others are loaded one after the other, the worker's own never", async () => {
  const { shares, begun, pass, answer } = standby();
  expect(shares.take(slot(2))).toBeUndefined();
  shares.setJob(job);
  expect(begun()).toEqual([]);
  await pass();
  expect(begun()).toEqual([3]);
  await pass();
  expect(begun()).toEqual([3]);
  await answer(held);
  await answer(held);
  await answer(held);
  await answer(held);
  expect(begun()).toEqual([3, 0, 1]);
});

test("what is taken is handed out once, and what was under way then goes on", async () => {
  const { shares, threads, begun, pass, answer } = standby();
  shares.setJob(job);
  await pass();
  const taken = shares.take(slot(0));
  expect(taken?.thread).toBe(threads[0]);
  expect(shares.take(slot(0))).toBeUndefined();
  await answer(held);
  await expect(taken?.loaded).resolves.toBe(held);
  expect(threads[0].isClosed).toBe(false);
  expect(begun()).toEqual([0, 1]);
});

test("no more shares and non-zeros are kept than allowed", async () => {
  const few = standby({ standbySharesMax: 1 });
  few.shares.setJob(job);
  await few.pass();
  await few.answer(held);
  expect(few.begun()).toEqual([0]);

  const small = standby({ standbyNonzerosMax: 150 });
  small.shares.setJob(job);
  await small.pass();
  await small.answer(held);
  await small.answer(held);
  await small.pass();
  expect(small.begun()).toEqual([0, 1]);
  expect(small.threads.map(({ isClosed }) => isClosed)).toEqual([false, true]);
  expect(small.shares.take(slot(0))?.thread).toBe(small.threads[0]);
  expect(small.shares.take(slot(1))).toBeUndefined();
});

test("a share that was handed back needs its thread no more; one that cannot be read is left to whoever needs it", async () => {
  const { shares, threads, begun, pass, answer } = standby();
  shares.setJob(job);
  await pass();
  await answer({ type: "handed-back", summary, share: {} });
  expect(threads[0].isClosed).toBe(true);
  await answer({ type: "failed", reason: "no such file" });
  await answer(held);
  await answer(held);
  await pass();
  expect(begun()).toEqual([0, 1, 2, 3]);
  expect(shares.take(slot(1))).toBeUndefined();
  expect(shares.take(slot(0))?.thread).toBe(threads[0]);
});

test("what is taken leaves its room to others", async () => {
  const { shares, threads, begun, pass, answer } = standby({ standbyNonzerosMax: 150 });
  shares.setJob(job);
  await pass();
  await answer(held);
  expect(shares.take(slot(0))?.thread).toBe(threads[0]);
  await pass();
  await answer(held);
  expect(begun()).toEqual([0, 1, 2]);
  expect(shares.take(slot(1))?.thread).toBe(threads[1]);
});

test("a thread that ended while it stood by is handed out to nobody", async () => {
  const { shares, threads, begun, pass, answer } = standby({ standbySharesMax: 1 });
  shares.setJob(job);
  await pass();
  await answer(held);
  threads[0].exit();
  await pass();
  expect(begun()).toEqual([0, 1]);
  expect(shares.take(slot(0))).toBeUndefined();
});

test("a job without data has nothing to be loaded, and nothing is after the end", async () => {
  const idle = standby();
  idle.shares.setJob({ ...job, source: null });
  await idle.pass();
  expect(idle.begun()).toEqual([]);

  const { shares, threads, begun, pass } = standby();
  shares.setJob(job);
  await pass();
  await shares.close();
  await pass();
  expect(begun()).toEqual([0]);
  expect(threads[0].isClosed).toBe(true);
});
