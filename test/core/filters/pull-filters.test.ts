import * as fc from "fast-check";
import { expect, test } from "vitest";
import { checkEncoded } from "../../../src/core/filters/check-encoded.ts";
import { decodePull, encodePull, markColumn } from "../../../src/core/filters/pull-filters.ts";
import { RowCopies, rowCopy } from "../../../src/core/filters/row-copy.ts";
import { payloadBytes, pullSavings } from "../../../src/core/filters/savings.ts";
import { keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import type { FilterSpec } from "../../../src/core/index.ts";
import { parameter } from "../store/parameters.ts";

const columns = [
  { name: "w", initial: 0 },
  { name: "delta", initial: 1.5 },
  { name: "mark", initial: 0 },
];
const threshold = 1;
const modified: FilterSpec = { kind: "significantly-modified", threshold, decay: 0 };
const keyNumbers = [...Array(12).keys()].map((j) => 80 * j);
const keys = keyListFromNumbers(keyNumbers);

/** The state of 12 keys at each pull: values of both pulled columns, and the mark. */
const state = fc.record({
  values: fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 24, maxLength: 24 }),
  marks: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 12, maxLength: 12 }),
  isLost: fc.boolean(),
  serverForgets: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
});

test.each([
  ["alone", [modified]],
  ["with KKT", [modified, { kind: "kkt" }]],
  ["with KKT and fixed point", [{ kind: "kkt" }, { kind: "fixed-point", bytes: 3 }, modified]],
] as const)(
  "significantly modified pulls %s stay within the threshold, whatever is lost",
  (_, pullFilters) => {
    let built = 0;
    let refused = 0;
    const spec = parameter({ columns, pulled: [0, 1], pullFilters });
    const isKkt = pullFilters.some((filter) => filter.kind === "kkt");
    fc.assert(
      fc.property(fc.array(state, { maxLength: 12 }), (states) => {
        let serverCopies = new RowCopies(1e6);
        const received = { copies: new RowCopies(1e6), name: "here" };
        let late: ReturnType<typeof encodePull> | undefined;
        states.forEach(({ values, marks, isLost, serverForgets }, version) => {
          if (serverForgets) serverCopies = new RowCopies(1e6);
          const base = received.copies.base("here");
          const request = {
            jobSeed: "s",
            parameter: 0,
            version: String(version),
            pairs: keys.pairs,
            values: Float64Array.from(values),
            mark: isKkt ? Float64Array.from(marks) : undefined,
          };
          const sent = { copies: serverCopies, name: "slot 1", base, time: version };
          const encoded = encodePull(spec, request, sent);
          expect(checkEncoded(encoded, { element: "float64", width: 2, count: 12 })).toBeUndefined();
          if (encoded.base !== 0) built++;
          if (isLost) {
            late = encoded;
            return;
          }
          const rows = decodePull(spec, encoded, received);
          if (rows === undefined) throw new Error("an answer to a base that is here is understood");
          for (let j = 0; j < 12; j++) {
            const isOut = isKkt && marks[j] === 1;
            expect(rows.present === undefined || rows.present[j] === 1).toBe(!isOut);
            for (const c of [0, 1]) {
              const value = rows.values[2 * j + c];
              if (isOut) expect(value).toBe(columns[c].initial);
              else expect(Math.abs(value - values[2 * j + c])).toBeLessThanOrEqual(threshold + 1e-6);
            }
          }
          // An answer that comes too late builds on a copy that may be gone: it is noticed, or it is whole.
          if (late !== undefined) {
            const isGone = late.base !== 0 && late.base !== received.copies.base("here");
            const other = decodePull(spec, late, received);
            expect(other === undefined).toBe(isGone);
            if (other === undefined) {
              refused++;
              expect(received.copies.base("here")).toBe(0);
            }
            late = undefined;
          }
        });
      }),
      { seed: 41, numRuns: 200 },
    );
    expect(built).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(10);
  },
);

test("a pull that nothing moved in costs no row", () => {
  const spec = parameter({ pullFilters: [modified] });
  const server = new RowCopies(1e6);
  const received = { copies: new RowCopies(1e6), name: "here" };
  const bytes = [0, 1].map((version) => {
    const values = new Float64Array(12).fill(3);
    const request = {
      jobSeed: "s",
      parameter: 0,
      version: `${version}`,
      pairs: keys.pairs,
      values,
      mark: undefined,
    };
    const sent = { copies: server, name: "1", base: received.copies.base("here"), time: version };
    const encoded = encodePull(spec, request, sent);
    expect([...(decodePull(spec, encoded, received)?.values ?? [])]).toEqual([...values]);
    return payloadBytes(encoded);
  });
  expect(bytes).toEqual([96, 2]);
});

test("KKT leaves marked rows out, and they read as initial", () => {
  const spec = parameter({
    columns,
    pulled: [1, 0],
    pullFilters: [{ kind: "kkt" }, { kind: "key-caching" }],
  });
  expect(markColumn(spec)).toBe(2);
  expect(markColumn(parameter({ columns }))).toBeUndefined();
  const values = Float64Array.from({ length: 24 }, (_, i) => i + 10);
  const mark = Float64Array.from({ length: 12 }, (_, j) => j % 2);
  const request = { jobSeed: "s", parameter: 0, version: "1", pairs: keys.pairs, values, mark };
  const encoded = encodePull(spec, request);
  const rows = decodePull(spec, encoded);
  expect([...(rows?.present ?? [])]).toEqual([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);
  expect([...(rows?.values.slice(0, 4) ?? [])]).toEqual([10, 11, 1.5, 0]);
  // 12 keys and 6 rows of 16 bytes were saved, for 2 bytes of mask.
  expect(pullSavings(spec, encoded, false)).toEqual([96, 0, 94, 0, 0, 0]);
  expect(pullSavings(spec, encoded, true)).toEqual([0, 0, 94, 0, 0, 0]);
});

test("draws of a pull depend on the version read, not on who asks", () => {
  const spec = parameter({
    pullFilters: [
      { kind: "fixed-point", bytes: 1 },
      { kind: "random-skip", probability: 0.5 },
    ],
  });
  const answer = (version: string): string => {
    const values = Float64Array.from({ length: 12 }, (_, j) => Math.sqrt(j));
    const request = { jobSeed: "s", parameter: 0, version, pairs: keys.pairs, values, mark: undefined };
    const encoded = encodePull(spec, request);
    return `${encoded.mask} ${encoded.data}`;
  };
  expect(answer("1")).toBe(answer("1"));
  expect(answer("1")).not.toBe(answer("2"));
});

test("an answer without lossy filters is the array that came", () => {
  const spec = parameter();
  const values = new Float64Array(12);
  const encoded = encodePull(spec, {
    jobSeed: "s",
    parameter: 0,
    version: "",
    pairs: keys.pairs,
    values,
    mark: undefined,
  });
  expect(decodePull(spec, encoded)).toEqual({ values, present: undefined });
  expect(decodePull(spec, encoded)?.values).toBe(values);
});

test("copies have one digest only if values and presence are the same, and it is never 0", () => {
  const digests = [
    rowCopy(Float64Array.of(0, 1), Uint8Array.of(1, 1)),
    rowCopy(Float64Array.of(0, 1), Uint8Array.of(0, 1)),
    rowCopy(Float64Array.of(0, 2), Uint8Array.of(1, 1)),
    rowCopy(Float64Array.of(0, 1), Uint8Array.of(1, 1)),
  ].map(({ digest }) => digest);
  expect(new Set(digests).size).toBe(3);
  expect(digests[3]).toBe(digests[0]);
  for (const digest of digests) expect(digest).toBeGreaterThan(0);
});
