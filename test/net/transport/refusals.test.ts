/** A closed door is told of once, and only of a peer that was reached before: everything else is for silence to say. */
import { type AddressInfo, createServer } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type NodeId, nodeId } from "../../../src/core/index.ts";
import { defaultTransportLimits } from "../../../src/net/transport/limits.ts";
import { type Answer, knockWithin, Refusals } from "../../../src/net/transport/refusals.ts";

const peer = nodeId("worker-0");
const there = { address: "127.0.0.1:1", incarnation: 3 };
/** Past the last time that it is asked. */
const longMs = 10_000;

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** The test answers whoever knocks, when it likes to. */
class Doors {
  readonly refused: (readonly [NodeId, number])[] = [];
  private readonly waiting: ((answer: Answer) => void)[] = [];
  knocks = 0;
  readonly refusals: Refusals = new Refusals(
    (...which) => void this.refused.push(which),
    defaultTransportLimits,
    (_address, answered) => {
      this.knocks++;
      this.waiting.push(answered);
    },
  );

  answer(answer: Answer): void {
    for (const answered of this.waiting.splice(0)) answered(answer);
  }

  /** A peer that has a stream, and listened when it was first asked. */
  static reached(): Doors {
    const doors = new Doors();
    doors.refusals.opened(peer, there);
    doors.answer("listens");
    return doors;
  }
}

test("whose stream broke, and who does not listen any more, has refused", () => {
  const doors = Doors.reached();
  doors.refusals.lost(peer);
  vi.advanceTimersByTime(0);
  doors.answer("refuses");
  vi.advanceTimersByTime(longMs);
  expect(doors.refused).toEqual([[peer, 3]]);
  expect(doors.knocks).toBe(2);
});

test("whose stream broke and who listens still is asked some more times, and has not refused", () => {
  const doors = Doors.reached();
  doors.refusals.lost(peer);
  for (const answer of ["listens", "nothing", "listens", "nothing"] as const) {
    vi.advanceTimersByTime(longMs);
    doors.answer(answer);
  }
  vi.advanceTimersByTime(longMs);
  expect(doors.knocks).toBe(5);
  expect(doors.refused).toEqual([]);
});

test("one that was never reached, as behind a wall that refuses for it, is never said to refuse", () => {
  const doors = new Doors();
  doors.refusals.opened(peer, there);
  doors.answer("refuses");
  doors.refusals.lost(peer);
  vi.advanceTimersByTime(longMs);
  doors.answer("refuses");
  expect(doors.knocks).toBe(1);
  expect(doors.refused).toEqual([]);
});

test.each([
  ["has another stream", (refusals: Refusals) => refusals.opened(peer, there)],
  ["begins another life", (refusals: Refusals) => refusals.opened(peer, { ...there, incarnation: 4 })],
  ["is forgotten", (refusals: Refusals) => refusals.forget(peer)],
])("one that %s meanwhile has not refused, though a knock is under way", (_how, end) => {
  for (const isUnderWay of [false, true]) {
    const doors = Doors.reached();
    doors.refusals.lost(peer);
    if (isUnderWay) vi.advanceTimersByTime(0);
    end(doors.refusals);
    doors.answer("refuses");
    vi.advanceTimersByTime(longMs);
    doors.answer("refuses");
    expect(doors.refused).toEqual([]);
  }
});

test("a door that is open listens, and one that was closed refuses", async () => {
  vi.useRealTimers();
  const server = createServer((socket) => void socket.on("error", () => {}).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const knock = knockWithin(defaultTransportLimits.doorAnswerWithinMs);
  const asked = (): Promise<Answer> => new Promise((resolve) => knock(address, resolve));
  expect(await asked()).toBe("listens");
  await new Promise((resolve) => server.close(resolve));
  expect(await asked()).toBe("refuses");
});
