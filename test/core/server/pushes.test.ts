import { describe, expect, test } from "vitest";
import type { Slot, TaskTime, UpdateContext } from "../../../src/core/index.ts";
import { keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import { OneServer, outcomes, viewOf } from "./one-server.ts";

const aggregated = { kind: "aggregated", name: "add-sums" } as const;

/** Adds the sums, and counts how often each row was updated in the second column. */
function addSums({ columns, positions, count, values }: UpdateContext): void {
  for (let j = 0; j < count; j++) {
    columns[0][positions[j]] += values[j];
    columns[1][positions[j]] += 1;
  }
}

function aggregating(tau: number | null, slotCount: number = 2): OneServer {
  const columns = [
    { name: "w", initial: 0 },
    { name: "updates", initial: 0 },
  ];
  return new OneServer({
    parameters: [{ update: aggregated, columns, pulled: [0, 1] }],
    job: { tau, slotCount },
    application: { updates: { "add-sums": addSums } },
  });
}

describe("a push is applied once", () => {
  test("and its repeat is answered as finished, without a second application", () => {
    const one = new OneServer({ job: { tau: 4 } });
    const push = { slot: 0, time: 3, keys: [5, 7], values: [1.5, -2] };
    expect(outcomes(one.push(push))).toEqual(["pushed"]);
    expect(outcomes(one.push(push))).toEqual(["pushed"]);
    expect(one.valuesIn(one.pull([5, 6, 7]))).toEqual([1.5, 0, -2]);
    expect(one.shell.factsOf("applied")).toHaveLength(1);
    expect(one.shell.factsOf("part-received").map(({ isDuplicate }) => isDuplicate)).toEqual([false, true]);
  });

  test("when it comes later than a task that overtook it", () => {
    const one = new OneServer({ job: { tau: 4 } });
    one.push({ slot: 0, time: 5, keys: [1], values: [1] });
    expect(outcomes(one.push({ slot: 0, time: 4, keys: [1], values: [10] }))).toEqual(["pushed"]);
    expect(one.valuesIn(one.pull([1]))).toEqual([11]);
  });

  test("and below the floor every push counts as applied", () => {
    const one = new OneServer({ job: { tau: 4 } });
    one.push({ slot: 1, time: 9, keys: [1], values: [1] }, { floor: 8 as TaskTime });
    expect(outcomes(one.push({ slot: 0, time: 7, keys: [1], values: [10] }))).toEqual(["pushed"]);
    expect(one.valuesIn(one.pull([1]))).toEqual([1]);
  });

  test("as entries of one history, each committed at once by the only holder", () => {
    const one = new OneServer({ job: { tau: null } });
    one.push({ slot: 0, time: 0, keys: [1], values: [1] });
    one.push({ slot: 1, time: 0, keys: [1], values: [1] });
    const tokens = one.shell.factsOf("applied").map(({ token }) => token);
    expect(tokens).toEqual([
      { lineage: 1, view: 1, index: 1 },
      { lineage: 1, view: 1, index: 2 },
    ]);
    expect(one.shell.factsOf("committed").map(({ token }) => token)).toEqual(tokens);
  });
});

describe("an aggregate", () => {
  test("waits for every slot's part, then is applied once over the union of their rows", () => {
    const one = aggregating(4);
    expect(one.push({ slot: 1, time: 0, keys: [1, 2], values: [10, 20] })).toEqual([]);
    expect(one.waits()).toEqual([
      "push part of slot 1 for 0/0: the parts of 0/0 of slot 0 for segment 00000000 of weights, keys [0, 100)",
    ]);
    const replies = one.push({ slot: 0, time: 0, keys: [2, 3], values: [1, 2] });
    expect(outcomes(replies)).toEqual(["pushed", "pushed"]);
    expect(one.shell.sent.map(({ to }) => to)).toEqual(["worker-0", "worker-1"]);
    expect(one.valuesIn(one.pull([1, 2, 3, 4]))).toEqual([10, 1, 21, 1, 2, 1, 0, 0]);
    expect(one.shell.factsOf("applied")).toMatchObject([{ time: 0, op: 0, slots: [0, 1] }]);
    expect(one.waits()).toEqual([]);
  });

  test("counts a repeated part once, and answers whoever sent it last", () => {
    const one = aggregating(4);
    const part = { slot: 1, time: 0, keys: [1], values: [1] };
    one.push(part);
    one.deliver(one.pushOf(part), "worker-7");
    one.push({ slot: 0, time: 0 });
    expect(one.valuesIn(one.pull([1]))).toEqual([1, 1]);
    expect(one.shell.sent.slice(0, 2).map(({ to }) => to)).toEqual(["worker-0", "worker-7"]);
  });

  test("takes a newer epoch's part in place of the older, and refuses the older from then on", () => {
    const one = aggregating(4);
    one.push({ slot: 1, time: 0, keys: [1], values: [1] });
    one.push({ slot: 1, time: 0, keys: [1], values: [100] }, { epoch: 2 });
    expect(outcomes(one.push({ slot: 1, time: 0, keys: [1], values: [1] }))).toEqual(["replaced"]);
    one.push({ slot: 0, time: 0 });
    expect(one.valuesIn(one.pull([1]))).toEqual([100, 1]);
  });

  test("answers a repeat of an included part as finished, and refuses a part that was not included", () => {
    const one = aggregating(4, 3);
    const slots = [0, 1] as unknown as readonly Slot[];
    one.push({ slot: 0, time: 0, keys: [1], values: [1] }, { slots });
    one.push({ slot: 1, time: 0, keys: [1], values: [2] }, { slots });
    expect(outcomes(one.push({ slot: 1, time: 0, keys: [1], values: [2] }, { slots }))).toEqual(["pushed"]);
    expect(outcomes(one.push({ slot: 2, time: 0, keys: [1], values: [4] }))).toEqual(["closed"]);
    expect(one.valuesIn(one.pull([1]))).toEqual([3, 1]);
    expect(one.shell.factsOf("push-refused")).toMatchObject([{ push: { slot: 2, time: 0 } }]);
  });

  test("of tasks that overtake each other is applied as it completes when tau > 0", () => {
    const one = aggregating(4);
    one.push({ slot: 0, time: 0, keys: [1], values: [1] });
    one.push({ slot: 0, time: 1, keys: [1], values: [2] });
    one.push({ slot: 1, time: 1 });
    one.push({ slot: 1, time: 0 });
    expect(one.shell.factsOf("applied").map(({ time }) => time)).toEqual([1, 0]);
  });

  test("is not told apart by -0: sums begin at 0", () => {
    const one = aggregating(0);
    one.push({ slot: 0, time: 0, keys: [1], values: [-0] });
    one.push({ slot: 1, time: 0, keys: [1], values: [-0] });
    expect(Object.is(one.valuesIn(one.pull([1]))[0], 0)).toBe(true);
  });
});

describe("with tau = 0", () => {
  test("simple updates wait for all slots and run in slot order, as one entry", () => {
    const one = new OneServer({ parameters: [{ update: { kind: "assign" } }], job: { tau: 0 } });
    one.push({ slot: 1, time: 0, keys: [1], values: [10] });
    expect(one.shell.factsOf("applied")).toEqual([]);
    one.push({ slot: 0, time: 0, keys: [1, 2], values: [5, 6] });
    expect(one.valuesIn(one.pull([1, 2]))).toEqual([10, 6]);
    expect(one.shell.factsOf("applied")).toMatchObject([{ slots: [0, 1], token: { index: 1 } }]);
  });

  test("times and ops are applied in order, whichever completes first", () => {
    const one = new OneServer({ parameters: [{ update: { kind: "assign" } }], job: { tau: 0 } });
    one.push({ slot: 0, time: 0, op: 0, keys: [1], values: [1] });
    for (const slot of [0, 1]) one.push({ slot, time: 1, keys: [1], values: [3] });
    for (const slot of [0, 1]) one.push({ slot, time: 0, op: 1, keys: [1], values: [2] });
    expect(one.shell.factsOf("applied")).toEqual([]);
    expect(one.waits()).toContain(
      "push part of slot 0 for 1/0: the parts of 0/0 of slot 1 for segment 00000000 of weights, keys [0, 100)",
    );
    one.push({ slot: 1, time: 0, op: 0 });
    expect(one.shell.factsOf("applied").map(({ time, op }) => [time, op])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
    expect(one.valuesIn(one.pull([1]))).toEqual([3]);
  });

  test("an op whose keys were missing is not overtaken by the next", () => {
    const one = new OneServer({
      parameters: [{ update: { kind: "assign" } }],
      job: { tau: 0, slotCount: 1 },
    });
    const { hash } = keyListFromNumbers([1]);
    const first = { slot: 0, time: 0, op: 0, keys: [1], values: [1] };
    const refused = one.push(first, { keys: { hash, count: 1, pairs: undefined } });
    expect(refused).toMatchObject([{ reason: "unknown-keys", detail: hash }]);
    expect(one.push({ slot: 0, time: 0, op: 1, keys: [1], values: [2] })).toEqual([]);
    expect(outcomes(one.push(first))).toEqual(["pushed", "pushed"]);
    expect(one.valuesIn(one.pull([1]))).toEqual([2]);
  });
});

describe("keys", () => {
  test("travel once: a list that was seen is known by its hash, and a miss is observed and repaired", () => {
    const one = new OneServer({ job: { tau: 4 } });
    const list = keyListFromNumbers([1, 2]);
    const byHash = { keys: { hash: list.hash, count: 2, pairs: undefined } };
    const push = { slot: 0, time: 0, keys: [1, 2], values: [1, 2] };
    expect(outcomes(one.push(push, byHash))).toEqual(["unknown-keys"]);
    expect(one.shell.factsOf("keys-missed")).toEqual([{ type: "keys-missed", peer: "worker-0", segment: 0 }]);
    expect(one.shell.factsOf("push-refused")).toEqual([]);
    expect(outcomes(one.push(push))).toEqual(["pushed"]);
    expect(outcomes(one.push({ ...push, time: 1 }, byHash))).toEqual(["pushed"]);
    expect(one.valuesIn(one.pull([1, 2]))).toEqual([2, 4]);
  });

  test("outside the segment are refused, and the message says where they belong", () => {
    const one = new OneServer({ job: { tau: 4 }, view: viewOf(0, 2 ** 31) });
    const [refused] = one.push({ slot: 0, time: 0, keys: [7, 60], values: [1, 1] });
    expect(refused).toMatchObject({ type: "refused", reason: "invalid" });
    expect((refused as { detail: string }).detail).toContain(
      "keys 7 to 60 are not in the segment's range [0, 50)",
    );
    expect(one.shell.factsOf("push-refused")).toHaveLength(1);
    expect(outcomes(one.push({ slot: 0, time: 0, keys: [7], values: [1] }))).toEqual(["pushed"]);
  });

  test("sent under another list's hash are refused", () => {
    const one = new OneServer({ job: { tau: 4 } });
    const { pairs } = keyListFromNumbers([1, 2]);
    const keys = { hash: keyListFromNumbers([1, 3]).hash, count: 2, pairs };
    expect(outcomes(one.push({ slot: 0, time: 0, keys: [1, 2], values: [1, 2] }, { keys }))).toEqual([
      "invalid",
    ]);
  });
});

describe("a push is refused", () => {
  const push = { slot: 0, time: 0, keys: [1], values: [1] };

  test.each([
    ["of an older view", { view: 0 }, "not-master"],
    ["of a slot that its task does not run at", { slots: [1 as Slot] }, "invalid"],
    ["of slots beyond the job's", { slots: [0, 5] as Slot[] }, "invalid"],
    ["to a parameter that the job lacks", { part: { ...pushPart, parameter: 9 } }, "invalid"],
    ["to a segment that the view lacks", { part: { ...pushPart, segment: 77 } }, "not-master"],
  ])("%s", (_, changes, reason) => {
    const one = new OneServer({ job: { tau: 4 } });
    expect(outcomes(one.deliver({ ...one.pushOf(push), ...changes }))).toEqual([reason]);
    expect(one.shell.factsOf("applied")).toEqual([]);
  });

  test("whose values are of another type than the parameter's", () => {
    const one = new OneServer({ parameters: [{}, { element: "float32" }], job: { tau: 4 } });
    const wrong = one.pushOf(push);
    const replies = one.deliver({ ...wrong, part: { ...wrong.part, parameter: 1 } });
    expect(replies).toMatchObject([{ reason: "invalid" }]);
    expect((replies[0] as { detail: string }).detail).toContain("float64 values where float32 is kept");
  });

  test("made from another record than the first push of its time", () => {
    const one = new OneServer({ job: { tau: 4 } });
    one.push(push);
    expect(outcomes(one.push({ ...push, slot: 1 }, { recordHash: "other" }))).toEqual(["conflict"]);
    expect(outcomes(one.push({ ...push, slot: 1 }))).toEqual(["pushed"]);
  });

  test("by another server than the segment's master", () => {
    const view = {
      ...viewOf(0),
      segments: [{ begin: 0, holders: ["server-1" as never], since: 1, filling: [] }],
    };
    expect(outcomes(new OneServer({ view }).push(push))).toEqual(["not-master"]);
  });

  test("when its slots are not those of the parts that are held", () => {
    const one = aggregating(4);
    one.push({ slot: 0, time: 0 });
    expect(outcomes(one.push({ slot: 1, time: 0 }, { slots: [1 as Slot] }))).toEqual(["conflict"]);
  });
});

describe("a full buffer", () => {
  /** Room for about three parts of 100 values. */
  function small(): OneServer {
    return new OneServer({
      parameters: [
        {
          update: aggregated,
          columns: [
            { name: "w", initial: 0 },
            { name: "n", initial: 0 },
          ],
        },
      ],
      job: { tau: 4, slotCount: 2 },
      application: { updates: { "add-sums": addSums } },
      options: { heldBytesMax: 8000 },
    });
  }
  const keys = Array.from({ length: 100 }, (_, key) => key);
  const values = keys.map(() => 1);

  test("refuses newer times, and gives up parts of the newest for the oldest", () => {
    const one = small();
    expect(one.push({ slot: 0, time: 5, keys, values })).toEqual([]);
    expect(one.push({ slot: 0, time: 6, keys, values })).toEqual([]);
    expect(one.push({ slot: 0, time: 7, keys, values })).toEqual([]);
    expect(outcomes(one.push({ slot: 0, time: 8, keys, values }))).toEqual(["full"]);
    const replies = one.push({ slot: 0, time: 4, keys, values });
    expect(replies).toMatchObject([{ reason: "full", part: { slot: 0, time: 7 } }]);
    expect(outcomes(one.push({ slot: 1, time: 4, keys, values }))).toContain("pushed");
    expect(one.shell.factsOf("push-refused")).toEqual([]);
  });

  test("still lets every task finish, when senders come again", () => {
    const one = small();
    const open = new Set([4, 5, 6, 7, 8].flatMap((time) => [0, 1].map((slot) => `${time}/${slot}`)));
    for (let round = 0; open.size > 0 && round < 20; round++) {
      for (const name of [...open].reverse()) {
        const [time, slot] = name.split("/").map(Number);
        for (const reply of one.push({ slot, time, keys, values })) {
          if (reply.type === "pushed") open.delete(`${reply.part.time}/${reply.part.slot}`);
        }
      }
    }
    expect([...open]).toEqual([]);
    expect(one.shell.factsOf("applied")).toHaveLength(5);
    expect(one.valuesIn(one.pull([99]))).toEqual([10]);
  });
});

describe("an update that throws", () => {
  test("ends the job with a message that names it, the segment and the time", () => {
    const one = new OneServer({
      parameters: [{ update: { kind: "simple", name: "prox" } }],
      job: { tau: 4 },
      application: {
        updates: {
          prox: () => {
            throw new Error("weight 3 is off the grid");
          },
        },
      },
    });
    expect(one.push({ slot: 0, time: 12, keys: [3], values: [1] })).toEqual([]);
    expect(one.shell.failures).toEqual([
      "application trial, update prox, segment 00000000 of weights, keys [0, 100), time 12: weight 3 is off the grid",
    ]);
  });
});

const pushPart = { parameter: 0, slot: 0 as Slot, time: 0 as TaskTime, op: 0, segment: 0 };
