import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainValues } from "../../../src/core/filters/rows.ts";
import { type NodeId, slot, taskTime } from "../../../src/core/ids.ts";
import { keyCount, keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import type { Message, PartId } from "../../../src/core/message/message.ts";
import type { ProgramRequest } from "../../../src/core/worker/program.ts";
import { segmentRange } from "../../../src/core/ring/ring.ts";
import type { View } from "../../../src/core/ring/view.ts";
import { parameterSpec } from "../../support/jobs.ts";
import { asking, type BenchSetup, task, WorkerBench } from "../../support/worker-bench.ts";
import { begun, cached, keysOf, pullOf, pushOf, refusal } from "../../support/requests.ts";

describe("a push", () => {
  test("goes to every segment that its task writes, with the keys and rows of each, and is empty where it has none", () => {
    const { bench } = begun([pushOf([10, 40])]);
    const sent = bench.shell.sentOf("push");
    expect(sent.map(({ to }) => to)).toEqual(["server-0", "server-1"]);
    expect(sent.map(({ message }) => keysOf(message.keys.pairs))).toEqual([[10, 40], []]);
    expect(sent.map(({ message }) => [...message.values.data])).toEqual([[5, 20], []]);
    expect(sent[1].message).toMatchObject({
      part: { parameter: 0, slot: 0, time: 0, op: 0, segment: 2 ** 31 },
      view: 1,
      epoch: 1,
      slots: [0, 1],
      recordHash: "r",
      floor: 0,
    });
    expect(bench.shell.factsOf("push-invoked")).toMatchObject([{ push: { op: 0 }, segments: [0, 2 ** 31] }]);
  });

  test("goes only to segments that have its keys where its parameter says so, and a read after it waits at those alone", () => {
    const parameters = [parameterSpec({ pushParts: "keyed" })];
    const requests = [pushOf([10, 40]), pushOf([]), pullOf([10, 60], { afterOp: 0 })];
    const { bench, replies } = begun(requests, { parameters, job: { tau: 1 } });
    const sent = bench.shell.sentOf("push");
    expect(sent.map(({ message }) => keysOf(message.keys.pairs))).toEqual([[10, 40]]);
    expect(bench.shell.factsOf("push-invoked")).toMatchObject([{ push: { op: 0 }, segments: [0] }]);
    bench.pushed(sent[0].to, sent[0].message.part);
    bench.compute();
    // Of the second nothing has to be sent.
    bench.compute();
    expect(bench.shell.factsOf("push-finished")).toMatchObject([{ push: { op: 0 } }, { push: { op: 1 } }]);
    expect(replies).toEqual([
      { type: "pushed", op: 0 },
      { type: "pushed", op: 1 },
    ]);
    expect(bench.shell.sentOf("pull").map(({ message }) => message.after.op)).toEqual([0, undefined]);
  });

  test("goes to every segment with tau = 0, which waits for each part, whatever its parameter says", () => {
    const { bench } = begun([pushOf([10])], { parameters: [parameterSpec({ pushParts: "keyed" })] });
    expect(bench.shell.sentOf("push").map(({ message }) => message.part.segment)).toEqual([0, 2 ** 31]);
  });

  test("is finished when every part is, and a repeated answer changes nothing", () => {
    const { bench, replies } = begun([pushOf([10])]);
    const [first, second] = bench.shell.sentOf("push");
    bench.pushed(first.to, first.message.part);
    bench.pushed(first.to, first.message.part);
    bench.compute();
    expect(replies).toEqual([]);
    bench.pushed(second.to, second.message.part);
    bench.compute();
    expect(replies).toEqual([{ type: "pushed", op: 0 }]);
    expect(bench.shell.factsOf("push-finished")).toEqual([
      { type: "push-finished", push: { parameter: 0, slot: 0, time: 0, op: 0 } },
    ]);
  });

  test("[OSDI'14 4.2] is split so that its parts hold each key once, with its row, in the segment that has it", () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 2 ** 32 - 1 }), { maxLength: 5 });
    const keys = fc.uniqueArray(fc.nat(99), { maxLength: 30 }).map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(cuts, keys, (points, list) => {
        const segments = [0, ...points.sort((a, b) => a - b)].map((begin, i) => ({
          begin,
          holders: [`server-${i % 2}` as NodeId],
          since: 1,
          filling: [],
        }));
        const view: View = {
          number: 2,
          lineage: 0,
          incarnations: { "server-0": 1, "server-1": 1 },
          segments,
        };
        const bench = new WorkerBench({ slots: [0], run: asking(pushOf(list)) });
        bench.shell.records.put("view", view);
        bench.shell.settle();
        bench.load(0);
        bench.issue([task(0)]);
        bench.compute();
        const found: number[] = [];
        for (const { to, message } of bench.shell.sentOf("push")) {
          const index = segments.findIndex(({ begin }) => begin === message.part.segment);
          const range = segmentRange(parameterSpec(), view, index);
          expect(to).toBe(segments[index].holders[0]);
          const own = keysOf(message.keys.pairs);
          for (const key of own) expect(key >= range.begin && key < range.end).toBe(true);
          expect([...message.values.data]).toEqual(own.map((key) => key / 2));
          found.push(...own);
        }
        expect(found).toEqual(list);
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  test.each<[string, ProgramRequest, string]>([
    [
      "has a key outside what its task writes",
      pushOf([99]),
      "has key 99, outside the ranges that its task says it writes",
    ],
    ["has a key outside the parameter", pushOf([100]), "key 100 is outside weights, whose keys are [0, 100)"],
    [
      "has too few values",
      pushOf([1, 2], { values: new Float64Array(1) }),
      "has 1 values where 2 keys have 1 each",
    ],
    [
      "says of too many keys whether they are active",
      pushOf([1], { active: new Uint8Array(3) }),
      "says of 3 keys",
    ],
    ["names a parameter that is not there", pushOf([1], { parameter: 4 }), "parameter 4 is not one of the 1"],
  ])("that %s ends the job, and the task is named", (_why, request, reason) => {
    const bench = new WorkerBench({ slots: [0], run: asking(request) });
    bench.load(0);
    bench.issue([task(0, { writes: [{ parameter: 0, range: { begin: 0n, end: 90n } }] })]);
    bench.compute();
    expect(bench.shell.failures[0]).toContain("task 0 (update) at slot 0: ");
    expect(bench.shell.failures[0]).toContain(reason);
    expect(bench.shell.sentOf("push")).toEqual([]);
  });

  test("declared ranges may touch and overlap; a segment that none of them meets gets no part", () => {
    const bench = new WorkerBench({ slots: [0], run: asking(pushOf([5, 30])) });
    bench.load(0);
    const ranges = [
      [20n, 45n],
      [0n, 20n],
      [10n, 25n],
    ].map(([begin, end]) => ({ parameter: 0, range: { begin, end } }));
    bench.issue([task(0, { writes: [...ranges, { parameter: 0, range: { begin: 60n, end: 60n } }] })]);
    bench.compute();
    expect(bench.shell.failures).toEqual([]);
    expect(bench.shell.sentOf("push").map(({ to }) => to)).toEqual(["server-0"]);
  });
});

describe("filters", () => {
  test("[OSDI'14 4.2] keys that a server was given travel as their hash, and what that saved is counted", () => {
    const { bench } = begun([pushOf([10, 60]), pullOf([10, 60])], { parameters: [cached] });
    for (const { to, message } of bench.shell.sentOf("push")) bench.pushed(to, message.part);
    bench.compute();
    const pulls = bench.shell.sentOf("pull");
    expect(pulls.map(({ message }) => [message.keys?.count, message.keys?.pairs])).toEqual([
      [1, undefined],
      [1, undefined],
    ]);
    const traffic = bench.shell.sent.map((sent) => sent.traffic?.savedBytes[0]);
    expect(traffic.filter((saved) => saved !== undefined)).toEqual([0, 0, 8, 8]);
  });

  test("a server that does not know the keys is given them, and the values are the same bits", () => {
    const random = parameterSpec({
      pushFilters: [...cached.pushFilters, { kind: "random-skip", probability: 0.5 }],
    });
    const keys = Array.from({ length: 40 }, (_, i) => i);
    const { bench } = begun([pushOf(keys), pushOf(keys)], { parameters: [random] });
    for (const { to, message } of bench.shell.sentOf("push")) bench.pushed(to, message.part);
    bench.compute();
    const [, , third] = bench.shell.sentOf("push");
    expect(third.message.keys.pairs).toBeUndefined();
    bench.answer("server-0", refusal(third.message.part, "unknown-keys"));
    const again = bench.shell.sentOf("push").at(-1)?.message;
    expect(keysOf(again?.keys.pairs)).toEqual(keys);
    expect(again?.values).toEqual(third.message.values);
    expect(again?.part).toEqual(third.message.part);
    expect(bench.shell.factsOf("keys-missed")).toEqual([
      { type: "keys-missed", peer: "server-0", segment: 0 },
    ]);
  });

  test("rows that are not active stay behind with KKT, under the whole list's keys", () => {
    const kkt = parameterSpec({ pushFilters: [{ kind: "kkt" }, { kind: "snappy" }] });
    const { bench } = begun([pushOf([1, 2, 3], { active: Uint8Array.of(1, 0, 1) })], { parameters: [kkt] });
    const [{ message }] = bench.shell.sentOf("push");
    expect([message.keys.count, [...message.values.data]]).toEqual([3, [0.5, 1.5]]);
    expect(bench.shell.sent.find((sent) => sent.message === message)?.traffic?.isCompressed).toBe(true);
  });

  test("what a push would have sent along of the residual is there for the next one when it is refused for good", () => {
    const modified = parameterSpec({
      pushFilters: [{ kind: "significantly-modified", threshold: 1, decay: 0 }],
    });
    const bench = new WorkerBench({
      slots: [0],
      job: { tau: 4 },
      parameters: [modified],
      run: ({ time }) => asking(pushOf([10], { values: Float64Array.of(time === 0 ? 0.5 : 0.75) }))(task(0)),
    });
    bench.load(0);
    const sent = (): number[][] => {
      const own = bench.shell.sentOf("push").filter(({ to }) => to === "server-0");
      return own.map(({ message }) => [...message.values.data]);
    };
    for (const time of [0, 1, 2]) {
      const before = bench.shell.sentOf("push").length;
      bench.issue([task(time, { after: { below: taskTime(0), tasks: [] } })]);
      bench.compute();
      for (const { to, message } of bench.shell.sentOf("push").slice(before)) {
        if (time === 1) bench.answer(to, refusal(message.part, "closed"));
        else bench.pushed(to, message.part);
      }
      bench.compute();
    }
    expect(sent()).toEqual([[], [1.25], [1.25]]);
  });

  test("an answer that builds on rows which are not here is asked for again, whole", () => {
    const modified = parameterSpec({
      pullFilters: [{ kind: "significantly-modified", threshold: 1, decay: 0 }],
    });
    const { bench, replies } = begun([pullOf([10])], { parameters: [modified], job: { tau: 4 } });
    const [{ to, message }] = bench.shell.sentOf("pull");
    expect(message.base).toBe(0);
    const token = { lineage: 0, view: 1, index: 1 };
    const whole = plainValues("float64", 1, Float64Array.of(3));
    const partial = { ...whole, mask: Uint8Array.of(0), data: new Float64Array(0), base: 77 };
    bench.answer(to, { type: "pulled", part: message.part, token, keys: undefined, values: partial });
    expect(bench.shell.sentOf("pull")).toHaveLength(2);
    bench.answer(to, { type: "pulled", part: message.part, token, keys: undefined, values: whole });
    bench.compute();
    expect(replies).toMatchObject([{ type: "pulled", values: Float64Array.of(3) }]);
  });
});

describe("a pull", () => {
  test("asks only segments that have keys of it, and brings rows together in key order", () => {
    const { bench, replies } = begun([pullOf([10, 20, 60]), pullOf([70]), pullOf([])]);
    const [first, second] = bench.shell.sentOf("pull");
    bench.pulled(second.to, second.message.part, [6]);
    bench.pulled(first.to, first.message.part, [1, 2]);
    bench.compute();
    const third = bench.shell.sentOf("pull")[2];
    expect(third.to).toBe("server-1");
    bench.pulled(third.to, third.message.part, [7]);
    bench.compute();
    expect(replies).toEqual([
      { type: "pulled", values: Float64Array.of(1, 2, 6), present: undefined },
      { type: "pulled", values: Float64Array.of(7), present: undefined },
      { type: "pulled", values: new Float64Array(0), present: undefined },
    ]);
    expect(bench.shell.factsOf("pull-invoked").map(({ op }) => op)).toEqual([0, 1, 2]);
    expect(bench.shell.sentOf("finished")).toHaveLength(1);
  });

  test("rows that a filter left out are said to be absent, at their keys", () => {
    const kkt = parameterSpec({
      columns: [
        { name: "w", initial: 0 },
        { name: "mark", initial: 0 },
      ],
      pullFilters: [{ kind: "kkt" }],
    });
    const { bench, replies } = begun([pullOf([10, 20, 60])], { parameters: [kkt] });
    const [first, second] = bench.shell.sentOf("pull");
    const values = { ...plainValues("float64", 1, Float64Array.of(2)), count: 2, mask: Uint8Array.of(2) };
    const token = { lineage: 0, view: 1, index: 1 };
    bench.answer(first.to, { type: "pulled", part: first.message.part, token, keys: undefined, values });
    bench.pulled(second.to, second.message.part, [6]);
    bench.compute();
    expect(replies).toEqual([
      { type: "pulled", values: Float64Array.of(0, 2, 6), present: Uint8Array.of(0, 1, 1) },
    ]);
  });

  test("[G4] names what must be in the answer: every task below its bound, the op it follows, the newest state read", () => {
    const after = (setup: BenchSetup, below: number) => {
      const bench = new WorkerBench({
        slots: [0],
        run: asking({ type: "all", requests: [pushOf([10]), pullOf([10, 60], { afterOp: 0 })] }),
        ...setup,
      });
      bench.load(0);
      const writes = [{ parameter: 0, range: { begin: 0n, end: 50n } }];
      bench.issue([task(3, { after: { below: taskTime(below), tasks: [] }, writes })], 3);
      bench.compute();
      return bench.shell.sentOf("pull").map(({ message }) => message.after);
    };
    const token = { lineage: 0, view: 0, index: 0 };
    expect(after({ job: { tau: 0 } }, 3)).toEqual([
      { below: 3, time: 3, op: 0, isExact: true, token },
      { below: 3, time: 3, op: undefined, isExact: true, token },
    ]);
    expect(after({ job: { tau: 2 } }, 1)[0]).toMatchObject({ below: 1, op: 0, isExact: false });
    expect(after({ job: { tau: 0 } }, 1)[0]).toMatchObject({ isExact: false });
  });

  test("[G5] a slot's next pull of a segment names the newest state that it read, or that its own push made", () => {
    const { bench } = begun([pushOf([10]), pullOf([10]), pullOf([10])], { job: { tau: 4 } });
    const answers = [7, 9];
    for (const { to, message } of bench.shell.sentOf("push")) bench.pushed(to, message.part, 4);
    bench.compute();
    for (const index of answers) {
      const { to, message } = bench.shell.sentOf("pull").at(-1) as { to: NodeId; message: { part: PartId } };
      bench.pulled(to, message.part, [0], index);
      bench.compute();
    }
    expect(bench.shell.sentOf("pull").map(({ message }) => message.after.token.index)).toEqual([4, 7]);
    expect(bench.shell.factsOf("part-pulled").map(({ token }) => token.index)).toEqual([7, 9]);
  });

  test.each([
    ["no op yet", pullOf([10], { afterOp: 0 })],
    [
      "an op of another parameter",
      { type: "all", requests: [pushOf([10]), pullOf([10], { parameter: 1, afterOp: 0 })] },
    ],
  ] as [string, ProgramRequest][])(
    "after %s would wait for ever: it ends the job by name",
    (_why, request) => {
      const { bench } = begun([request], { parameters: [parameterSpec(), parameterSpec({ name: "other" })] });
      expect(bench.shell.failures[0]).toContain("after op 0, which is no push of this task to it");
    },
  );

  test.each([
    ["rows for too many keys", { keys: undefined, values: plainValues("float64", 1, Float64Array.of(1, 2)) }],
    ["values of another element", { keys: undefined, values: plainValues("float32", 1, Float32Array.of(1)) }],
  ])("an answer with %s ends the job, and names the server", (_why, answer) => {
    const { bench } = begun([pullOf([10])]);
    const [{ to, message }] = bench.shell.sentOf("pull");
    const token = { lineage: 0, view: 1, index: 1 };
    bench.answer(to, { type: "pulled", part: message.part, token, ...answer });
    expect(bench.shell.failures[0]).toContain("server-0 answered pull 0/0 of weights at slot 0 with ");
  });
});

describe("a pull of a range", () => {
  const range = {
    type: "pull-range",
    parameter: 0,
    range: { begin: 30n, end: 80n },
    afterOp: undefined,
  } as const;
  const rows = (part: PartId, keys: readonly number[]): Message => ({
    type: "pulled",
    part,
    token: { lineage: 0, view: 1, index: 1 },
    keys: keyListFromNumbers(keys).pairs,
    values: plainValues(
      "float64",
      1,
      Float64Array.from(keys, (key) => key * 10),
    ),
  });

  test("asks each segment for its part, and brings keys and rows together in key order", () => {
    const { bench, replies } = begun([range]);
    const [first, second] = bench.shell.sentOf("pull");
    expect([first.message.range, second.message.range]).toEqual([
      { begin: 30n, end: 50n },
      { begin: 50n, end: 80n },
    ]);
    bench.answer(second.to, rows(second.message.part, [51, 79]));
    bench.answer(first.to, rows(first.message.part, [30]));
    bench.compute();
    expect(replies).toEqual([
      {
        type: "pulled-range",
        keys: keyListFromNumbers([30, 51, 79]).pairs,
        values: Float64Array.of(300, 510, 790),
      },
    ]);
  });

  test("keys that were not asked for, or not in order, end the job", () => {
    for (const keys of [[29], [50]]) {
      const { bench } = begun([range]);
      const [{ to, message }] = bench.shell.sentOf("pull");
      bench.answer(to, rows(message.part, keys));
      expect(bench.shell.failures[0]).toContain(`with key ${keys[0]}, which is outside what was asked`);
    }
    const { bench } = begun([range]);
    const [{ to, message }] = bench.shell.sentOf("pull");
    bench.answer(to, { ...rows(message.part, [30, 31]), keys: Uint32Array.of(31, 0, 30, 0) } as Message);
    expect(bench.shell.failures[0]).toContain("with keys that are not strictly ascending");
  });
});

describe("a call", () => {
  const callOf = (isWrite: boolean): ProgramRequest => ({
    type: "call",
    parameter: 0,
    range: { begin: 20n, end: 90n },
    function: "penalty",
    argument: Float64Array.of(3),
    isWrite,
  });
  const called = (part: PartId, result: number): Message => ({
    type: "called",
    part,
    token: { lineage: 0, view: 1, index: 1 },
    result: Float64Array.of(result),
  });

  test("goes to every segment of its range; results come in key order with the first key of each", () => {
    const { bench, replies } = begun([callOf(false)]);
    const [first, second] = bench.shell.sentOf("call");
    expect(first.message).toMatchObject({
      function: "penalty",
      range: { begin: 20n, end: 50n },
      isWrite: false,
    });
    bench.answer(second.to, called(second.message.part, 2));
    bench.answer(first.to, called(first.message.part, 1));
    bench.compute();
    expect(replies).toEqual([
      { type: "called", results: [Float64Array.of(1), Float64Array.of(2)], begins: [20n, 50n] },
    ]);
    expect(bench.shell.factsOf("push-invoked")).toEqual([]);
  });

  test("one that changes state is a push in every respect: it is invoked, finished, and may be read after", () => {
    const { bench } = begun([{ type: "all", requests: [callOf(true), pullOf([10, 30], { afterOp: 0 })] }]);
    expect(bench.shell.factsOf("push-invoked")).toMatchObject([{ push: { op: 0 }, segments: [0, 2 ** 31] }]);
    expect(bench.shell.sentOf("pull")[0].message.after.op).toBe(0);
    for (const { to, message } of bench.shell.sentOf("call")) bench.answer(to, called(message.part, 0));
    const [pull] = bench.shell.sentOf("pull");
    bench.pulled(pull.to, pull.message.part, [0, 0]);
    bench.compute();
    expect(bench.shell.factsOf("push-finished")).toMatchObject([{ push: { op: 0 } }]);
  });

  test("a pull after one that writes a part of the keys is, elsewhere, after the task's last push there", () => {
    const call = { ...callOf(true), range: { begin: 20n, end: 40n } } as ProgramRequest;
    const { bench } = begun([
      { type: "all", requests: [pushOf([10, 60]), call, pullOf([10, 60], { afterOp: 1 })] },
    ]);
    expect(bench.shell.sentOf("pull").map(({ message }) => message.after.op)).toEqual([1, 0]);
  });

  test("one that changes state may cross declared ranges that touch", () => {
    const bench = new WorkerBench({ slots: [0], run: asking(callOf(true)) });
    bench.load(0);
    const ranges = [
      { begin: 40n, end: 100n },
      { begin: 0n, end: 40n },
    ];
    bench.issue([task(0, { writes: ranges.map((range) => ({ parameter: 0, range })) })]);
    bench.compute();
    expect(bench.shell.failures).toEqual([]);
    expect(bench.shell.sentOf("call")).toHaveLength(2);
  });

  test("one that changes state outside what its task writes ends the job by name", () => {
    const bench = new WorkerBench({ slots: [0], run: asking(callOf(true)) });
    bench.load(0);
    bench.issue([task(0, { writes: [{ parameter: 0, range: { begin: 30n, end: 90n } }] })]);
    bench.compute();
    expect(bench.shell.failures[0]).toContain("a call of penalty on [20, 90) of weights is outside");
  });
});

test("pushes and calls are numbered together in the order in which they were yielded, inside all too", () => {
  const call: ProgramRequest = {
    type: "call",
    parameter: 0,
    range: { begin: 0n, end: 10n },
    function: "f",
    argument: new Float64Array(0),
    isWrite: false,
  };
  const { bench, replies } = begun([
    { type: "all", requests: [pushOf([1]), { type: "all", requests: [call, pushOf([2])] }] },
  ]);
  expect(bench.shell.sentOf("push").map(({ message }) => message.part.op)).toEqual([0, 0, 2, 2]);
  expect(bench.shell.sentOf("call").map(({ message }) => message.part.op)).toEqual([1]);
  for (const { to, message } of bench.shell.sentOf("push")) bench.pushed(to, message.part);
  const [{ to, message }] = bench.shell.sentOf("call");
  bench.answer(to, {
    type: "called",
    part: message.part,
    token: { lineage: 0, view: 1, index: 1 },
    result: new Float64Array(0),
  });
  bench.compute();
  expect(replies).toEqual([
    {
      type: "all",
      replies: [
        { type: "pushed", op: 0 },
        {
          type: "all",
          replies: [
            { type: "called", results: [new Float64Array(0)], begins: [0n] },
            { type: "pushed", op: 2 },
          ],
        },
      ],
    },
  ]);
});

test("values of provenance parameters become facts, pushed and pulled", () => {
  const { bench } = begun([{ type: "all", requests: [pushOf([10]), pullOf([10])] }], {
    parameters: [parameterSpec({ isProvenance: true })],
  });
  expect(bench.shell.factsOf("push-invoked")[0].provenance).toEqual({ keys: ["10"], rows: [[5]] });
  const [{ to, message }] = bench.shell.sentOf("pull");
  bench.pulled(to, message.part, [12]);
  expect(bench.shell.factsOf("part-pulled")).toMatchObject([
    { parameter: 0, segment: 0, slot: slot(0), op: 0, provenance: { keys: ["10"], rows: [[12]] } },
  ]);
});

test("a list is cut and hashed once a view, however often it is pushed", () => {
  const keys = keyListFromNumbers([10, 60]);
  const { bench } = begun([pullOf([], { keys }), pullOf([], { keys: { ...keys } })]);
  const hashes = () => bench.shell.sentOf("pull").map(({ message }) => message.keys?.pairs);
  for (const { to, message } of bench.shell.sentOf("pull")) bench.pulled(to, message.part, [0]);
  bench.compute();
  const [a, b, c, d] = hashes();
  expect([a === c, b === d, keyCount(keys)]).toEqual([true, true, 2]);
});
