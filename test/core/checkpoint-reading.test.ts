/** [G11] Parts and manifests are read whatever their bytes are: as they were written, or refused with a reason. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodePart,
  encodePart,
  keyListFromNumbers,
  parseManifest,
  partsOver,
  SegmentStore,
} from "../../src/core/index.ts";
import { jobSpec, parameterSpec } from "../support/jobs.ts";

const spec = parameterSpec({
  name: "wéights",
  span: { begin: 0n, end: 1000n },
  columns: [
    { name: "w", initial: 0 },
    { name: "delta", initial: 1 },
  ],
  scalars: ["pass"],
});

function storeWith(keys: readonly number[]): SegmentStore {
  const store = new SegmentStore(spec, { begin: 0n, end: 1000n });
  const positions = store.positionsOf(keyListFromNumbers(keys), "insert");
  store.add(
    positions,
    Float64Array.from(keys, (key) => key / 3),
  );
  store.scalars[0] = 7;
  return store;
}

const keySets = fc.uniqueArray(fc.nat(999), { maxLength: 30 }).map((keys) => keys.sort((a, b) => a - b));

describe("a part", () => {
  test("is read as it was written, and equal states have equal bytes", () => {
    fc.assert(
      fc.property(keySets, (keys) => {
        const store = storeWith(keys);
        const bytes = encodePart(store);
        expect(encodePart(storeWith(keys))).toEqual(bytes);
        const part = decodePart(bytes, spec);
        if (typeof part === "string") throw new Error(part);
        expect([...part.pairs]).toEqual(keys.flatMap((key) => [key, 0]));
        expect([...part.columns[0]]).toEqual(keys.map((key) => key / 3));
        expect([...part.columns[1]]).toEqual(keys.map(() => 1));
        expect([...part.scalars]).toEqual([7]);
      }),
      { seed: 1 },
    );
  });

  test("of any bytes is one or a reason", () => {
    const whole = encodePart(storeWith([1, 5, 900]));
    const mangled = fc
      .tuple(fc.nat(whole.length), fc.uint8Array({ maxLength: 40 }), fc.nat(40))
      .map(([at, put, cut]) => Uint8Array.from([...whole.slice(0, at), ...put, ...whole.slice(at + cut)]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), mangled), (bytes) => {
        const part = decodePart(bytes, spec);
        if (typeof part === "string") expect(part.length).toBeGreaterThan(0);
        else expect(part.columns.every(({ length }) => 2 * length === part.pairs.length)).toBe(true);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });

  test("of another parameter is refused by what was wanted", () => {
    const bytes = encodePart(storeWith([1]));
    expect(decodePart(bytes, { ...spec, name: "other" })).toContain("of another parameter than other");
    expect(decodePart(bytes, { ...spec, element: "float32" })).toContain("float32");
  });
});

describe("a manifest", () => {
  const part = {
    part: "0-0",
    parameter: "w",
    begin: "0",
    end: "10",
    rows: 1,
    bytes: 2,
    sha256: "0".repeat(64),
  };
  const job = jobSpec({ slotCount: 1, keyMax: "9" });
  const whole = {
    schema: "tauring.checkpoint/1",
    name: "000001-task-3-0-1-1",
    cluster: "c",
    sequence: 1,
    lineage: 1,
    job,
    pass: { hash: "h", first: 3, tau: 0, record: { pass: 1 } },
    progress: [],
    parts: [part],
  };

  test("is read as it was written", () => {
    expect(parseManifest(JSON.stringify(whole))).toEqual(whole);
  });

  test("of any JSON is one or a reason", () => {
    const fields = Object.keys(whole);
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), (field, value) => {
        const parsed = parseManifest(JSON.stringify({ ...whole, [field]: value }));
        expect(["string", "object"]).toContain(typeof parsed);
      }),
      { seed: 1, numRuns: 1000 },
    );
    fc.assert(
      fc.property(fc.string(), (text) => typeof parseManifest(text) === "string"),
      { seed: 1 },
    );
  });

  test("of a newer format is refused by its version", () => {
    const newer = parseManifest(JSON.stringify({ ...whole, schema: "tauring.checkpoint/2" }));
    expect(newer).toContain("made by a newer tauring");
  });

  test("names a key that no part has", () => {
    const manifest = parseManifest(
      JSON.stringify({ ...whole, parts: [part, { ...part, begin: "11", end: "20" }] }),
    );
    if (typeof manifest === "string") throw new Error(manifest);
    expect(partsOver(manifest, "w", { begin: 0n, end: 10n })).toHaveLength(1);
    expect(partsOver(manifest, "w", { begin: 5n, end: 20n })).toBe("it has no part with key 10 of w");
  });
});
