import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseExamples, syntheticChunks, type SyntheticOptions } from "../../src/data/index.ts";
import { libsvm } from "./helpers.ts";

const small: SyntheticOptions = { rows: 2000, features: 5000, nonzeros: 40_000, seed: "1" };

function sha256Of(options: SyntheticOptions): string {
  const hash = createHash("sha256");
  for (const chunk of syntheticChunks(options)) hash.update(chunk);
  return hash.digest("hex");
}

test("the bytes are frozen", () => {
  expect(sha256Of(small)).toMatchInlineSnapshot(
    `"8402a7854a3e5cc7f4b00e7f3c165a1afe130e893ffd753188ca0ed215f0ff32"`,
  );
  expect(sha256Of({ ...small, seed: "2" })).not.toBe(sha256Of(small));
});

test("the data of the benches is what data/synthetic-1.json records", () => {
  const record = JSON.parse(readFileSync(join(import.meta.dirname, "../../data/synthetic-1.json"), "utf8"));
  expect(sha256Of(record.options)).toBe(record.sha256);
});

test("the data has the rows, features and non-zeros that were asked for", () => {
  const options = fc
    .record({
      rows: fc.integer({ min: 1, max: 60 }),
      features: fc.integer({ min: 2, max: 200 }),
      fill: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .map(({ rows, features, fill }) => ({
      rows,
      features,
      nonzeros: rows + Math.floor(fill * rows * (Math.floor(features / 2) - 1)),
      seed: "property",
    }));
  fc.assert(
    fc.property(options, (asked) => {
      const { examples, summary } = parseExamples(
        syntheticChunks(asked),
        { ...libsvm, featureMax: asked.features },
        0,
        1,
      );
      expect(summary.rows).toBe(asked.rows);
      expect(summary.nonzeros).toBe(asked.nonzeros);
      for (let i = 0; i < asked.rows; i++)
        expect(examples.rowStarts[i + 1]).toBeGreaterThan(examples.rowStarts[i]);
    }),
    { seed: 8, numRuns: 200 },
  );
});

test("feature 1 is the most frequent, and both labels are there", () => {
  const { examples } = parseExamples(syntheticChunks(small), libsvm, 0, 1);
  const counts = new Int32Array(examples.keys.pairs.length / 2);
  for (const column of examples.columns) counts[column]++;
  expect(counts[0]).toBe(Math.max(...counts));
  expect(counts[0]).toBeGreaterThan(10 * counts[99]);
  const positives = examples.labels.filter((label) => label === 1).length;
  expect(positives).toBeGreaterThan(small.rows / 4);
  expect(positives).toBeLessThan((3 * small.rows) / 4);
});

test.each([
  [{ rows: 0 }, "rows: expected an integer from 1 to 2147483646, found 0"],
  [{ features: 1 }, "features: expected an integer from 2 to 134217728, found 1"],
  [{ nonzeros: 1999 }, "nonzeros: expected an integer from 2000 to 5000000, found 1999"],
  [{ nonzeros: 5_000_001 }, "nonzeros: expected an integer from 2000 to 5000000, found 5000001"],
  [{ nonzeros: 40_000.5 }, "nonzeros: expected an integer"],
])("%j is refused", (change, said) => {
  expect(() => syntheticChunks({ ...small, ...change }).next()).toThrow(said);
});
