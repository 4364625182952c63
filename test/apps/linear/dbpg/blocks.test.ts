import fc from "fast-check";
import { expect, test } from "vitest";
import { byColumn } from "../../../../src/apps/linear/columns.ts";
import { blockEnds, surveyKeys } from "../../../../src/apps/linear/dbpg/blocks.ts";
import type { TaskResult } from "../../../../src/core/index.ts";
import { examplesOf, randomRows, sharesOf } from "../../../support/examples.ts";

function survey(slotCount: number, rowCount: number, seed: number): readonly TaskResult[] {
  return sharesOf(randomRows(rowCount, 200, seed), slotCount).map((share, slot) => {
    const step = surveyKeys(byColumn(share, slot)).next();
    return step.value as TaskResult;
  });
}

test("[OSDI'14 5.1] blocks tile the span, are at most as many as asked, and no block but a single key is far above its share", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 60 }),
      fc.nat(1000),
      (slots, count, seed) => {
        const surveys = survey(slots, 120, seed);
        const span = { begin: 0n, end: 1n << 40n };
        const ends = blockEnds(surveys, span, count);
        const blocks = ends.map((end, b) => ({ begin: ends[b - 1] ?? span.begin, end }));
        expect(blocks.length).toBeLessThanOrEqual(count);
        expect(blocks[0].begin).toBe(0n);
        expect(blocks[blocks.length - 1].end).toBe(span.end);
        blocks.slice(1).forEach(({ begin }, i) => expect(begin).toBe(blocks[i].end));

        const perKey = new Map<number, number>();
        for (const { keys, numbers } of surveys) {
          numbers.forEach((n, i) => perKey.set(keys[2 * i], (perKey.get(keys[2 * i]) ?? 0) + n));
        }
        const total = [...perKey.values()].reduce((a, b) => a + b, 0);
        for (const { begin, end } of blocks) {
          const inside = [...perKey].filter(([key]) => begin <= BigInt(key) && BigInt(key) < end);
          const nonzeros = inside.reduce((sum, [, n]) => sum + n, 0);
          const largest = Math.max(0, ...inside.map(([, n]) => n));
          if (inside.length > 1) expect(nonzeros).toBeLessThanOrEqual(total / count + 2 * largest);
        }
      },
    ),
    { seed: 3, numRuns: 100 },
  );
});

test("a survey counts every non-zero once, under keys of the share, also where the share is empty", () => {
  const [{ numbers }] = survey(1, 300, 5);
  const share = examplesOf(randomRows(300, 200, 5));
  expect(numbers.reduce((a, b) => a + b, 0)).toBe(share.columns.length);
  expect(surveyKeys(byColumn(examplesOf([]), 0)).next().value).toEqual({
    numbers: new Float64Array(0),
    keys: new Uint32Array(0),
  });
});
