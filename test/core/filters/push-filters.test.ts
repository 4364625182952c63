import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import { checkEncoded } from "../../../src/core/filters/check-encoded.ts";
import { decodeValues, keptIndices, keptPositions, keptValues } from "../../../src/core/filters/rows.ts";
import { sliceEncoded } from "../../../src/core/filters/slice-encoded.ts";
import { payloadBytes, pushSavings } from "../../../src/core/filters/savings.ts";
import { keyBlockBegin } from "../../../src/core/keys/key-blocks.ts";
import type { FilterSpec } from "../../../src/core/index.ts";
import { parameter } from "../store/parameters.ts";
import { encodeAlone, identity, lossyStack, pushCase, typed, wire } from "./stacks.ts";

describe("any stack of filters [4.4]", () => {
  test("gives the same bits for the same identity, in whichever order the job lists it", () => {
    fc.assert(
      fc.property(pushCase, fc.infiniteStream(fc.nat()), ({ request }, picks) => {
        const filters = [...request.spec.pushFilters];
        const once = wire(encodeAlone(request));
        filters.sort(() => (picks.next().value % 3) - 1);
        const again = encodeAlone({ ...request, spec: { ...request.spec, pushFilters: filters } });
        expect(wire(again)).toEqual(once);
      }),
      { seed: 11, numRuns: 200 },
    );
  });

  test("gives the same parts whether it is encoded whole and cut between key blocks, or part by part", () => {
    let parts = 0;
    fc.assert(
      fc.property(pushCase, fc.array(fc.nat(16), { maxLength: 3 }), ({ request, keys }, cuts) => {
        const { spec } = request;
        const encoded = encodeAlone(request);
        const edges = [0, ...cuts.sort((a, b) => a - b), 16].map((block) =>
          Number(keyBlockBegin(spec, block)),
        );
        for (let p = 0; p + 1 < edges.length; p++) {
          const begin = keys.filter((key) => key < edges[p]).length;
          const end = keys.filter((key) => key < edges[p + 1]).length;
          const part = encodeAlone({
            ...request,
            keys: keyListFromNumbers(keys.slice(begin, end)),
            values: request.values.slice(begin * spec.pushWidth, end * spec.pushWidth),
            active: request.active?.slice(begin, end),
          });
          const slice = sliceEncoded(encoded, begin, end);
          expect(wire(slice)).toEqual(wire(part));
          expect(checkEncoded(slice)).toBeUndefined();
          parts++;
        }
      }),
      { seed: 12, numRuns: 300 },
    );
    expect(parts).toBeGreaterThan(300);
  });

  test("decodes to rows that were sent, and leaves every other row alone", () => {
    fc.assert(
      fc.property(pushCase, ({ request }) => {
        const { spec, keys, values } = request;
        const encoded = encodeAlone(request);
        const width = spec.pushWidth;
        const shape = { element: spec.element, width, count: keys.pairs.length / 2 };
        expect(checkEncoded(encoded, shape)).toBeUndefined();
        const out = typed(
          spec.element,
          Array.from(values, () => 77),
        );
        const present = new Uint8Array(shape.count).fill(9);
        expect(decodeValues(encoded, out, present)).toBe(keptIndices(encoded).length);
        const isFixed = encoded.fixed !== undefined;
        for (let i = 0; i < values.length; i++) {
          const j = Math.floor(i / width);
          if (present[j] === 0) expect(out[i]).toBe(77);
          else if (isFixed) expect(Math.abs(out[i] - values[i] * encoded.scale)).toBeLessThan(0.01);
          else expect(out[i]).toBe(values[i] * encoded.scale);
          if (
            present[j] === 1 &&
            request.active !== undefined &&
            spec.pushFilters.some((f) => f.kind === "kkt")
          ) {
            expect(request.active[j]).toBe(1);
          }
        }
        const positions = Int32Array.from(present, (_, j) => 10 * j);
        expect([...keptPositions(encoded, positions)]).toEqual([...keptIndices(encoded)].map((j) => 10 * j));
        expect(keptValues(encoded).length).toBe(keptIndices(encoded).length * width);
      }),
      { seed: 13, numRuns: 300 },
    );
  });

  test("what filters saved and what is sent add up to the unfiltered payload, part by part", () => {
    let masked = 0;
    fc.assert(
      fc.property(pushCase, fc.boolean(), fc.nat(60), ({ request, keys }, isKnown, cut) => {
        const { spec } = request;
        const encoded = encodeAlone(request);
        if (encoded.mask !== undefined) masked++;
        const begin = encoded.fixed === undefined ? Math.min(cut, keys.length) : 0;
        const part = sliceEncoded(encoded, begin, keys.length);
        const reference = {
          hash: "",
          count: part.count,
          pairs: isKnown ? undefined : new Uint32Array(2 * part.count),
        };
        const saved = pushSavings(spec, part, reference);
        const sent = payloadBytes(part) + (reference.pairs?.byteLength ?? 0);
        const valueBytes = part.count * spec.pushWidth * (spec.element === "float32" ? 4 : 8);
        expect(saved.reduce((a, b) => a + b, 0) + sent).toBe(8 * part.count + valueBytes);
        expect(saved[0]).toBe(isKnown ? 8 * part.count : 0);
        expect(saved[1]).toBe(0);
        const named = new Set(spec.pushFilters.map((filter) => filter.kind));
        for (const [i, kind] of ["kkt", "significantly-modified", "random-skip", "fixed-point"].entries()) {
          if (!named.has(kind as FilterSpec["kind"])) expect(saved[i + 2]).toBe(0);
        }
      }),
      { seed: 14, numRuns: 300 },
    );
    expect(masked).toBeGreaterThan(50);
  });
});

test("a stack without lossy filters sends the program's own array, and all of it", () => {
  const values = Float32Array.of(1, 2, 3);
  const spec = parameter({ element: "float32", pushFilters: [{ kind: "key-caching" }, { kind: "snappy" }] });
  const keys = keyListFromNumbers([1, 2, 3]);
  const encoded = encodeAlone({ spec, jobSeed: "s", identity: identity(1), keys, values, active: undefined });
  expect(encoded.data).toBe(values);
  expect(keptValues(encoded)).toBe(values);
});

test.each([
  ["float64", 16, 8],
  ["float32", 12, 4],
] as const)(
  "[4.2] key caching takes a pair of a key and a %s from %i to %i bytes",
  (element, without, caching) => {
    const spec = parameter({ element, pushFilters: [{ kind: "key-caching" }] });
    const keys = keyListFromNumbers([...Array(100).keys()]);
    const values = typed(element, [...Array(100).keys()]);
    const encoded = encodeAlone({
      spec,
      jobSeed: "s",
      identity: identity(1),
      keys,
      values,
      active: undefined,
    });
    const saved = pushSavings(spec, encoded, { hash: keys.hash, count: 100, pairs: undefined });
    expect(payloadBytes(encoded)).toBe(100 * caching);
    expect(payloadBytes(encoded) + saved[0]).toBe(100 * without);
  },
);

test("KKT leaves out exactly the rows that are not active, and only where the job names it", () => {
  fc.assert(
    fc.property(pushCase, ({ request }) => {
      const { spec, active } = request;
      const kkt = encodeAlone({ ...request, spec: { ...spec, pushFilters: [{ kind: "kkt" }] } });
      const expected = [...Array(kkt.count).keys()].filter((j) => active === undefined || active[j] === 1);
      expect([...keptIndices(kkt)]).toEqual(expected);
      const none = encodeAlone({ ...request, spec: { ...spec, pushFilters: [] } });
      expect(none.data).toBe(request.values);
    }),
    { seed: 15, numRuns: 100 },
  );
});

/** The mean of many decoded pushes, one identity each, of keys in one block. */
function meanOf(filters: readonly FilterSpec[], values: readonly number[], runs: number): number[] {
  const spec = parameter({ pushFilters: filters, keyBlockCount: 1 });
  const keys = keyListFromNumbers(values.map((_, j) => 40 * j));
  const sums = new Float64Array(values.length);
  const out = new Float64Array(values.length);
  for (let time = 0; time < runs; time++) {
    const request = { spec, jobSeed: "s", identity: identity(time), keys, active: undefined };
    out.fill(0);
    decodeValues(encodeAlone({ ...request, values: Float64Array.from(values) }), out);
    for (let j = 0; j < sums.length; j++) sums[j] += out[j];
  }
  return [...sums].map((sum) => sum / runs);
}

describe("unbiased [4.4]", () => {
  const values = [-3, -0.01, 0, 0.3, 1, 2.5, 100, 7];

  test.each([
    ["random skip", [{ kind: "random-skip", probability: 0.25 }]],
    ["fixed point in one byte", [{ kind: "fixed-point", bytes: 1 }]],
    [
      "fixed point after random skip",
      [
        { kind: "fixed-point", bytes: 1 },
        { kind: "random-skip", probability: 0.25 },
      ],
    ],
  ] as const)("%s is on average what it was", (_, filters) => {
    const runs = 4000;
    const spread = filters.some((filter) => filter.kind === "random-skip") ? 1.8 : 0.1;
    meanOf(filters, values, runs).forEach((mean, j) => {
      // Six standard deviations of a mean of this many draws.
      expect(Math.abs(mean - values[j])).toBeLessThan(
        (6 * (spread * Math.abs(values[j]) + 0.5)) / Math.sqrt(runs),
      );
    });
  });

  test("skipped rows differ from push to push and from key to key", () => {
    const spec = parameter({ pushFilters: [{ kind: "random-skip", probability: 0.5 }] });
    const keys = keyListFromNumbers([...Array(64).keys()]);
    const masks = [0, 1, 2, 3].map((time) => {
      const request = { spec, jobSeed: "s", identity: identity(0, time), keys, active: undefined };
      return String(encodeAlone({ ...request, values: new Float64Array(64) }).mask);
    });
    expect(new Set(masks).size).toBe(4);
  });
});

test("the columns of a row are rounded apart", () => {
  const spec = parameter({
    pushWidth: 2,
    keyBlockCount: 1,
    pushFilters: [{ kind: "fixed-point", bytes: 1 }],
  });
  const keys = keyListFromNumbers([...Array(64).keys()]);
  const values = Float64Array.from({ length: 128 }, (_, i) => (i < 2 ? 0 : i < 4 ? 255 : 0.5));
  const out = new Float64Array(128);
  decodeValues(
    encodeAlone({ spec, jobSeed: "s", identity: identity(1), keys, values, active: undefined }),
    out,
  );
  const apart = keys.pairs.slice(0, 64).filter((_, j) => out[2 * j] !== out[2 * j + 1]);
  expect(apart.length).toBeGreaterThan(10);
});

test("every stack that a test draws is drawn often enough", () => {
  const kinds = fc.sample(lossyStack, { seed: 1, numRuns: 100 }).flatMap((stack) => stack.map((f) => f.kind));
  for (const kind of ["kkt", "significantly-modified", "random-skip", "fixed-point"]) {
    expect(kinds.filter((k) => k === kind).length).toBeGreaterThan(20);
  }
});
