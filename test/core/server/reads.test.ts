import { describe, expect, test } from "vitest";
import type { FunctionContext, TaskTime } from "../../../src/core/index.ts";
import { decodePull } from "../../../src/core/filters/pull-filters.ts";
import { RowCopies } from "../../../src/core/filters/row-copy.ts";
import { keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import { type MessageOf, OneServer, outcomes, viewOf } from "./one-server.ts";

const time = (t: number): TaskTime => t as TaskTime;

function sequential(layout: "sparse" | "dense" = "sparse"): OneServer {
  return new OneServer({ parameters: [{ layout }], job: { tau: 0 } });
}

function pushAll(one: OneServer, t: number, op: number, values: readonly number[], keys = [1, 2]): void {
  one.push({ slot: 1, time: t, op, keys, values });
  one.push({ slot: 0, time: t, op, keys: [], values: [] });
}

describe.each(["sparse", "dense"] as const)("an exact read of a %s segment", (layout) => {
  test("is answered from right before its time, or right after an op of it", () => {
    const one = sequential(layout);
    pushAll(one, 0, 0, [1, 1]);
    pushAll(one, 1, 0, [10, 10]);
    pushAll(one, 1, 1, [100, 100], [2, 3]);
    const read = (t: number, op?: number) =>
      one.pull([0, 1, 2, 3], { time: time(t), below: time(t), isExact: true, op });
    expect(one.valuesIn(read(1))).toEqual([0, 1, 1, 0]);
    expect(one.valuesIn(read(1, 0))).toEqual([0, 11, 11, 0]);
    expect(one.valuesIn(read(1, 1))).toEqual([0, 11, 111, 100]);
    expect(one.valuesIn(read(2))).toEqual([0, 11, 111, 100]);
    expect(one.shell.factsOf("read-answered").map(({ token }) => token.index)).toEqual([1, 2, 3, 3]);
    expect(outcomes(read(0))).toEqual(["invalid"]);
  });

  test("of a range brings the keys that were changed in that state", () => {
    const one = sequential(layout);
    pushAll(one, 0, 0, [1, 1]);
    pushAll(one, 1, 0, [5, 5], [2, 99]);
    const range = { begin: 0n, end: 100n };
    const [before] = one.pull([], { time: time(1), isExact: true }, { keys: undefined, range });
    const [after] = one.pull([], { time: time(2), isExact: true }, { keys: undefined, range });
    expect([...((before as MessageOf<"pulled">).keys ?? [])]).toEqual([1, 0, 2, 0]);
    expect(one.decode((before as MessageOf<"pulled">).values)).toEqual([1, 1]);
    expect([...((after as MessageOf<"pulled">).keys ?? [])]).toEqual([1, 0, 2, 0, 99, 0]);
    expect(one.decode((after as MessageOf<"pulled">).values)).toEqual([1, 6, 5]);
  });
});

describe("a read waits", () => {
  test("until the op that it names was applied by all slots, and says so meanwhile", () => {
    const one = sequential();
    one.push({ slot: 0, time: 3, keys: [1], values: [1] });
    expect(one.pull([1], { time: time(3), op: 0, isExact: true })).toEqual([]);
    expect(one.waits()).toEqual([
      "push part of slot 0 for 3/0: the parts of 3/0 of slot 1 for segment 00000000 of weights, keys [0, 100)",
      "pull 3/0 of weights at slot 0: the parts of 3/0 of slot 1 for segment 00000000 of weights, keys [0, 100)",
    ]);
    const replies = one.push({ slot: 1, time: 3, keys: [1], values: [2] });
    expect(outcomes(replies)).toEqual(["pushed", "pushed", "pulled"]);
    expect(one.decode((replies[2] as MessageOf<"pulled">).values)).toEqual([3]);
    expect(one.waits()).toEqual([]);
  });

  test("for its own push when updates are applied at once", () => {
    const one = new OneServer({ job: { tau: 4 } });
    expect(one.pull([1], { time: time(3), op: 0 })).toEqual([]);
    expect(outcomes(one.push({ slot: 1, time: 3, keys: [1], values: [2] }))).toEqual(["pushed"]);
    expect(outcomes(one.push({ slot: 0, time: 3, keys: [1], values: [2] }))).toEqual(["pushed", "pulled"]);
  });

  test("while a push of a task below is held", () => {
    const one = sequential();
    one.push({ slot: 0, time: 3, keys: [1], values: [1] });
    expect(outcomes(one.pull([1], { time: time(3), below: time(3) }))).toEqual(["pulled"]);
    expect(one.pull([1], { time: time(5), below: time(5) })).toEqual([]);
    expect(one.pull([2], { time: time(5), below: time(5) })).toEqual([]);
    const replies = one.push({ slot: 1, time: 3, keys: [1], values: [1] });
    expect(outcomes(replies)).toEqual(["pushed", "pushed", "pulled", "pulled"]);
    expect(replies.slice(2).map((reply) => one.decode((reply as MessageOf<"pulled">).values))).toEqual([
      [2],
      [0],
    ]);
  });

  test("among at most waitingReadsMax others; the next comes again later", () => {
    const one = new OneServer({ job: { tau: 4 }, options: { waitingReadsMax: 1 } });
    expect(one.pull([1], { time: time(3), op: 0 })).toEqual([]);
    expect(outcomes(one.pull([1], { time: time(3), op: 0 }))).toEqual(["full"]);
  });
});

describe("a read is refused", () => {
  test("when the slot has read a newer state than this server has: it lost what it held", () => {
    const one = new OneServer({ job: { tau: 4 } });
    const [refused] = one.pull([1], { token: { lineage: 1, view: 1, index: 7 } });
    expect(refused).toMatchObject({ reason: "invalid" });
    expect((refused as MessageOf<"refused">).detail).toBe(
      "segment 00000000 of weights, keys [0, 100) is at state 1/0/0 (lineage/view/index) and cannot show 1/1/7",
    );
  });

  test("when its keys are not known, or not the segment's", () => {
    const one = new OneServer({ job: { tau: 4 } });
    const { hash } = keyListFromNumbers([1]);
    const keys = { hash, count: 1, pairs: undefined };
    expect(one.pull([1], {}, { keys })).toMatchObject([{ reason: "unknown-keys", detail: hash }]);
    expect(outcomes(one.pull([100]))).toEqual(["invalid"]);
    const range = { begin: 100n, end: 200n };
    expect(outcomes(one.pull([], {}, { keys: undefined, range }))).toEqual(["invalid"]);
  });

  test("as closed, when its task has finished everywhere and the state that it names is gone", () => {
    const one = sequential();
    pushAll(one, 0, 0, [1, 1]);
    pushAll(one, 1, 0, [1, 1]);
    const read = (t: number, floor: number) =>
      one.pull([1], { time: time(t), below: time(t), isExact: true }, { floor: time(floor) });
    expect(outcomes(read(0, 0))).toEqual(["invalid"]);
    const [refused] = read(0, 1);
    expect(refused).toMatchObject({
      reason: "closed",
      detail: "pull 0/0 of slot 0: the state right before 0 cannot be told any more",
    });
    expect(outcomes(read(1, 2))).toEqual(["pulled"]);
  });

  test("when it names an exact state and tau > 0 lets later ones in", () => {
    const one = new OneServer({ job: { tau: 4 } });
    one.push({ slot: 0, time: 3, keys: [1], values: [1] });
    expect(outcomes(one.pull([1], { time: time(4), isExact: true }))).toEqual(["pulled"]);
    expect(outcomes(one.pull([1], { time: time(3), isExact: true }))).toEqual(["invalid"]);
  });
});

describe("the filters of an answer", () => {
  test("leave out rows with a mark, and count what that saved", () => {
    const columns = [
      { name: "w", initial: 0 },
      { name: "mark", initial: 0 },
    ];
    const one = new OneServer({
      parameters: [{ columns, pushWidth: 2, pullFilters: [{ kind: "kkt" }, { kind: "snappy" }] }],
      job: { tau: 4 },
    });
    one.push({ slot: 0, time: 0, keys: [1, 2], values: [5, 0, 0, 1] });
    const [pulled] = one.pull([1, 2]);
    expect([...((pulled as MessageOf<"pulled">).values.mask ?? [])]).toEqual([1]);
    const { traffic } = one.shell.sent[one.shell.sent.length - 1];
    expect(traffic).toEqual({ isCompressed: true, savedBytes: [0, 0, 7, 0, 0, 0] });
  });

  test("send only what moved since the slot's copy, where the pull names it", () => {
    const pullFilters = [{ kind: "significantly-modified", threshold: 0.5, decay: 0 }] as const;
    const one = new OneServer({ parameters: [{ pullFilters }], job: { tau: 4 } });
    const copies = new RowCopies(1e6);
    const mine = { copies, name: "slot 0" };
    const read = (): number[] => {
      const [pulled] = one.pull([1, 2], {}, { base: copies.base(mine.name) });
      kept.push([...((pulled as MessageOf<"pulled">).values.mask ?? [])]);
      return [...(decodePull(one.specs[0], (pulled as MessageOf<"pulled">).values, mine)?.values ?? [])];
    };
    const kept: number[][] = [];
    one.push({ slot: 0, time: 0, keys: [1, 2], values: [1, 1] });
    expect(read()).toEqual([1, 1]);
    one.push({ slot: 0, time: 1, keys: [1, 2], values: [0.25, 3] });
    expect(read()).toEqual([1, 4]);
    one.push({ slot: 0, time: 2, keys: [1, 2], values: [0.5, 0] });
    expect(read()).toEqual([1.75, 4]);
    expect(kept).toEqual([[], [2], [1]]);
    copies.forget(mine.name);
    expect(read()).toEqual([1.75, 4]);
  });
});

describe("functions", () => {
  function norm({ columns, rowBegin, rowEnd, blockEnds }: FunctionContext): Float64Array {
    let sum = 0;
    for (let row = rowBegin; row < rowEnd; row++) sum += Math.abs(columns[0][row]);
    return Float64Array.of(sum, ...blockEnds);
  }
  function scale({ columns, rowBegin, rowEnd, argument, scalars }: FunctionContext): Float64Array {
    for (let row = rowBegin; row < rowEnd; row++) columns[0][row] *= argument[0];
    scalars[0] += 1;
    return Float64Array.of(scalars[0]);
  }
  function calling(tau: number | null): OneServer {
    return new OneServer({
      parameters: [{ scalars: ["calls"] }],
      job: { tau },
      application: { functions: { norm, scale } },
    });
  }
  const write = { isWrite: true, argument: Float64Array.of(3) };

  test("that read are answered as pulls are, with the rows of their range and the ends of key blocks", () => {
    const one = calling(4);
    one.push({ slot: 0, time: 0, keys: [1, 12, 15, 60], values: [1, -2, 4, 8] });
    const [called] = one.call("norm", { range: { begin: 10n, end: 100n } });
    expect([...(called as MessageOf<"called">).result]).toEqual([14, 3, 4]);
    expect(one.shell.factsOf("applied")).toHaveLength(1);
    expect(outcomes(one.call("constructor"))).toEqual(["invalid"]);
  });

  test("that read see the exact state that they name", () => {
    const one = calling(0);
    pushAll(one, 0, 0, [1, 1]);
    pushAll(one, 1, 0, [10, 10]);
    const part = one.part({ slot: 0, time: 1 });
    const after = {
      below: time(1),
      time: time(1),
      op: undefined,
      isExact: true,
      token: { lineage: 1, view: 1, index: 1 },
    };
    const [called] = one.call("norm", { part, after });
    expect([...(called as MessageOf<"called">).result]).toEqual([2, 2]);
    expect((called as MessageOf<"called">).token.index).toBe(1);
  });

  test("that write run once; the answer is kept for repeats until the task has finished everywhere", () => {
    const one = calling(4);
    one.push({ slot: 0, time: 0, keys: [1], values: [2] });
    const part = one.part({ slot: 1, time: 1 });
    for (const _ of [1, 2]) {
      const [called] = one.call("scale", { ...write, part });
      expect([...(called as MessageOf<"called">).result]).toEqual([1]);
    }
    expect(one.valuesIn(one.pull([1]))).toEqual([6]);
    expect(one.shell.factsOf("applied")).toMatchObject([{}, { slots: [1], time: 1 }]);
    expect(outcomes(one.call("scale", { ...write, part, floor: time(2) }))).toEqual(["closed"]);
  });

  test("that write wait with tau = 0 for all slots, and run in slot order as one entry", () => {
    const one = calling(0);
    pushAll(one, 0, 0, [1, 1]);
    expect(one.call("scale", { ...write, part: one.part({ slot: 1, time: 1 }) })).toEqual([]);
    const replies = one.call("scale", { ...write, part: one.part({ slot: 0, time: 1 }) });
    expect(replies.map((reply) => [...(reply as MessageOf<"called">).result])).toEqual([[1], [2]]);
    expect(one.valuesIn(one.pull([1]))).toEqual([9]);
    expect(one.valuesIn(one.pull([1], { time: time(1), isExact: true }))).toEqual([1]);
    expect(outcomes(one.push({ slot: 0, time: 2, op: 0 }))).toEqual([]);
    expect(outcomes(one.call("scale", { ...write, part: one.part({ slot: 1, time: 2 }) }))).toEqual([
      "conflict",
    ]);
  });

  test("that throw end the job by name", () => {
    const one = new OneServer({
      application: {
        functions: {
          norm: () => {
            throw new Error("a column is missing");
          },
        },
      },
    });
    one.call("norm");
    expect(one.shell.failures).toEqual([
      "application trial, function norm, segment 00000000 of weights, keys [0, 100), time 1000: a column is missing",
    ]);
  });
});

describe("the floor", () => {
  test("frees what is kept of finished tasks, and refuses what was still held for them", () => {
    const one = sequential();
    one.push({ slot: 0, time: 0, keys: [1], values: [1] });
    const replies = one.pull([1], { time: time(5) }, { floor: time(4) });
    expect(outcomes(replies)).toEqual(["closed", "pulled"]);
    expect(one.waits()).toEqual([]);
  });
});

describe("the server's digest", () => {
  test("is the same for the same history, and another for another", () => {
    const after = (value: number): number => {
      const one = sequential();
      pushAll(one, 0, 0, [value, 1]);
      one.push({ slot: 0, time: 1, keys: [], values: [] });
      return one.server.digest();
    };
    expect(after(1)).toBe(after(1));
    expect(after(1)).not.toBe(after(2));
  });
});

describe("a job that cannot be kept fails by name", () => {
  test.each([
    ["application", { job: { application: "other" } }, `application "other", which is not known here`],
    [
      "update",
      { parameters: [{ update: { kind: "simple", name: "prox" } as const }] },
      `names update "prox"`,
    ],
  ])("%s", (_, setup, reason) => {
    expect(new OneServer(setup).shell.failures[0]).toContain(reason);
  });

  test("a dense segment that is too large", () => {
    const span = { begin: 0n, end: 2n ** 40n };
    const one = new OneServer({ parameters: [{ layout: "dense", span }], job: { tau: 4 } });
    one.pull([1]);
    expect(one.shell.failures[0]).toContain("rowsMax");
  });
});

describe("a view", () => {
  test("that leaves a segment where it is leaves its values and its history", () => {
    const one = new OneServer({ job: { tau: 4 } });
    one.push({ slot: 0, time: 0, keys: [1], values: [1] });
    one.shell.view = { ...viewOf(0), number: 2 };
    one.server.recordChanged("view");
    expect(outcomes(one.push({ slot: 1, time: 0, keys: [1], values: [1] }))).toEqual(["pushed"]);
    expect(outcomes(one.push({ slot: 0, time: 1, keys: [1], values: [1] }, { view: 2 }))).toEqual(["pushed"]);
    expect(one.valuesIn(one.pull([1], {}, { view: 2 }))).toEqual([3]);
    const tokens = one.shell.factsOf("applied").map(({ token }) => `${token.view}/${token.index}`);
    expect(tokens).toEqual(["1/1", "2/2", "2/3"]);
  });

  test("in which another was master since the request was sent refuses it: it may have been lost there", () => {
    const one = new OneServer({ job: { tau: 4 } });
    const [segment] = viewOf(0).segments;
    one.shell.view = { ...viewOf(0), number: 3, segments: [{ ...segment, since: 3 }] };
    one.server.recordChanged("view");
    const push = { slot: 0, time: 0, keys: [1], values: [1] };
    expect(outcomes(one.push(push, { view: 2 }))).toEqual(["not-master"]);
    expect(outcomes(one.push(push, { view: 3 }))).toEqual(["pushed"]);
  });

  test("that does not list the server discards what it held", () => {
    const one = new OneServer({ job: { tau: 4 } });
    const { shell, server } = one;
    one.push({ slot: 0, time: 0, keys: [1], values: [1] });
    shell.view = {
      number: 2,
      lineage: 1,
      incarnations: { "server-1": 1 },
      segments: [{ begin: 0, holders: ["server-1" as never], since: 1, filling: [] }],
    };
    server.recordChanged("view");
    expect(shell.factsOf("segment-dropped")).toMatchObject([{ segment: 0, view: 2, token: { index: 1 } }]);
    expect(outcomes(one.push({ slot: 0, time: 1, keys: [1], values: [1] }, { view: 2 }))).toEqual([
      "not-master",
    ]);
    expect(shell.failures).toEqual([]);
  });
});
