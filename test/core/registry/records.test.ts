import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJobRecord } from "../../../src/core/registry/job-record.ts";
import {
  parseFailureRecord,
  parseNodeRecord,
  parsePassRecord,
  parseProgressRecord,
  parseSlotsRecord,
  parseTermRecord,
} from "../../../src/core/registry/records.ts";

const job = {
  schema: "tauring.job/1",
  name: "clickbait",
  application: "linear",
  seed: "7",
  slotCount: 2,
  tau: null,
  pushFilters: [
    { kind: "key-caching" },
    { kind: "fixed-point", bytes: 2 },
    { kind: "random-skip", probability: 0.5 },
  ],
  pullFilters: [{ kind: "significantly-modified", threshold: 0.1, decay: 0 }],
  options: { lambda: 1, solver: "dbpg", kkt: true, reference: null },
  source: { anything: [1, { at: "all" }] },
  keyMax: "18446744073709551615",
};
const records = [
  { parse: parseNodeRecord, value: { incarnation: 1, address: "127.0.0.1:4000" } },
  { parse: parseTermRecord, value: { leader: "manager-0", term: 3 } },
  {
    parse: parseSlotsRecord,
    value: {
      slots: [
        { slot: 0, worker: "worker-0", incarnation: 1, epoch: 0 },
        { slot: 1, worker: "worker-0", incarnation: 3, epoch: 2 },
      ],
    },
  },
  {
    parse: parsePassRecord,
    value: { hash: "ab", first: 7, tau: null, record: { pass: 1, reset: false, order: "x" } },
  },
  { parse: parseFailureRecord, value: { reason: "server-1 was silent", node: "manager-0" } },
  { parse: parseJobRecord, value: job },
] as const;

test("every record survives its JSON text, and unknown fields are left out", () => {
  for (const { parse, value } of records) {
    expect(parse(JSON.stringify({ ...value, fieldOfALaterVersion: 1 }))).toEqual(value);
  }
});

test("[G11] no text and no JSON makes a parser throw, and what lacks a field is refused", () => {
  for (const { parse, value } of records) {
    const required = Object.keys(value).filter((name) => name !== "source");
    const missed = required.filter(
      (field) => typeof parse(JSON.stringify({ ...value, [field]: undefined })) !== "string",
    );
    expect(missed).toEqual([]);
    const fields = fc.record(Object.fromEntries(Object.keys(value).map((name) => [name, fc.jsonValue()])));
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fields.map((json) => JSON.stringify(json)),
    );
    fc.assert(
      fc.property(text, (input) => {
        expect(["string", "object"]).toContain(typeof parse(input));
      }),
      { seed: 1, numRuns: 300 },
    );
  }
});

test.each([
  [{ schema: "tauring.job/2" }, "the job's schema is tauring.job/1"],
  [{ slotCount: 0 }, "slotCount is in [1, 2^20]"],
  [{ tau: -1 }, "tau is a count, or null"],
  [{ tau: 0.5 }, "tau is a count, or null"],
  [{ pushFilters: [{ kind: "kkt" }, { kind: "zip" }] }, 'pushFilters[1]: there is no filter "zip"'],
  [{ pullFilters: [{ kind: "fixed-point", bytes: 4 }] }, "pullFilters[0]: bytes is 1, 2 or 3"],
  [{ pullFilters: [{ kind: "random-skip", probability: 0 }] }, "pullFilters[0]: probability is in (0, 1]"],
  [
    { pushFilters: [{ kind: "significantly-modified", threshold: -1, decay: 0 }] },
    "threshold and decay are at least 0",
  ],
  [{ options: { lambda: [1] } }, "option lambda is a number, a text, a boolean or null"],
  [{ keyMax: "18446744073709551616" }, "keyMax is a decimal text below 2^64"],
  [{ policy: { lost: "wait" } }, "policy.lost is one of replace, redistribute"],
  [{ policy: "replace" }, "policy is an object"],
  [{ keyMax: "1e9" }, "keyMax is a decimal text below 2^64"],
])("a job with %j is refused: %s", (change, reason) => {
  expect(parseJobRecord(JSON.stringify({ ...job, ...change }))).toContain(reason);
});

test.each([
  [{ slot: -1 }, "slots[0].slot is an integer in [0, 2^20)"],
  [{ slot: 2 ** 20 }, "slots[0].slot is an integer in [0, 2^20)"],
  [{ worker: "nobody" }, "slots[0].worker is a node"],
  [{ incarnation: "1" }, "slots[0].incarnation is a count"],
  [{ epoch: undefined }, "slots[0].epoch is a count"],
])("an assignment with %j is refused: %s", (change, reason) => {
  const assignment = { slot: 0, worker: "worker-0", incarnation: 1, epoch: 0, ...change };
  expect(parseSlotsRecord(JSON.stringify({ slots: [assignment] }))).toBe(reason);
});

const line = { pass: 1, elapsedMicros: 2, objective: 0.5, nonzeros: 3, sentBytes: 4, filteredShare: 0 };

test.each([
  ["[]", []],
  [JSON.stringify([line, { ...line, other: 1 }]), [line, line]],
  ["{}", "the progress is a list"],
  ["[", "the progress is JSON"],
  ["[1]", "progress[0] is an object"],
  [JSON.stringify([line, { ...line, objective: null }]), "progress[1].objective is a number"],
])("progress %s is read as it is, or refused", (text, expected) => {
  const read = parseProgressRecord(text);
  if (typeof expected === "string") expect(read).toContain(expected);
  else expect(read).toEqual(expected);
});

test("a term says which life of its leader has it, or nothing of that", () => {
  const term = { leader: "scheduler-0", incarnation: 2, term: 3 };
  expect(parseTermRecord(JSON.stringify(term))).toEqual(term);
  expect(parseTermRecord(JSON.stringify({ ...term, incarnation: -1 }))).toBe(
    "a leader's incarnation is a count",
  );
});

test("a slot has one assignment", () => {
  const twice = { slot: 1, worker: "worker-0", incarnation: 1, epoch: 0 };
  expect(parseSlotsRecord(JSON.stringify({ slots: [twice, twice] }))).toBe("slots has each slot once");
});
