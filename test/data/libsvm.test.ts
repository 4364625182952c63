import fc from "fast-check";
import { expect, test } from "vitest";
import { parseExamples } from "../../src/data/index.ts";
import { bytes, chunksOf, libsvm, parse, rowsOf } from "./helpers.ts";

interface Row {
  readonly label: number;
  readonly entries: readonly (readonly [index: number, value: number])[];
}

const value = fc.oneof(
  fc.constant(1),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -99, max: 99 }),
);
const row: fc.Arbitrary<Row> = fc.record({
  label: fc.constantFrom(1, -1),
  entries: fc
    .uniqueArray(
      fc.tuple(
        fc.oneof(
          fc.integer({ min: 1, max: 20 }),
          fc.maxSafeInteger().map((n) => Math.abs(n) || 1),
        ),
        value,
      ),
      {
        selector: ([index]) => index,
        maxLength: 8,
      },
    )
    .map((entries) => entries.sort(([a], [b]) => a - b)),
});

function textOf(rows: readonly Row[]): string {
  return rows
    .map(({ label, entries }) =>
      [label === 1 ? "+1" : "-1", ...entries.map(([i, v]) => `${i}:${v}`)].join(" "),
    )
    .join("\n");
}

/** The obvious version: what a string per token gives. */
function expectedOf(rows: readonly Row[]): { label: number; entries: [bigint, number][] }[] {
  return rows.map(({ label, entries }) => ({
    label,
    entries: entries.filter(([, v]) => v !== 0).map(([i, v]): [bigint, number] => [BigInt(i), v]),
  }));
}

test("what is written is read, however the bytes are cut into chunks", () => {
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 6 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom("", "\n", "\r\n"),
      (rows, size, end) => {
        const text = textOf(rows) + (rows.length === 0 ? "" : end);
        expect(rowsOf(parse(text, libsvm, size))).toEqual(expectedOf(rows));
      },
    ),
    { seed: 1, numRuns: 400 },
  );
});

test("shares part the rows: slot s of n has row i where i % n is s", () => {
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 40 }),
      (rows, slotCount, size) => {
        const text = `${textOf(rows)}\n`;
        for (let slot = 0; slot < slotCount; slot++) {
          const share = parseExamples(chunksOf(text, size), libsvm, slot, slotCount);
          const mine = rows.filter((_, i) => i % slotCount === slot);
          expect(rowsOf(share)).toEqual(expectedOf(mine));
        }
      },
    ),
    { seed: 2, numRuns: 200 },
  );
});

test("keys are the distinct indices in ascending order, and columns rise within a row", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 12 }), (rows) => {
      const { examples } = parse(textOf(rows));
      const distinct = new Set(expectedOf(rows).flatMap(({ entries }) => entries.map(([key]) => key)));
      expect(examples.keys.pairs.length).toBe(2 * distinct.size);
      for (let i = 0; i < examples.rows; i++) {
        const columns = examples.columns.subarray(examples.rowStarts[i], examples.rowStarts[i + 1]);
        for (let j = 1; j < columns.length; j++) expect(columns[j]).toBeGreaterThan(columns[j - 1]);
      }
    }),
    { seed: 3, numRuns: 200 },
  );
});

test("without any value but 1 there are no values", () => {
  expect(parse("1 1:1 2:1.0 3:0\n-1 1:1e0").examples.values).toBeUndefined();
  expect(parse("1 1:1\n-1 1:2 2:1").examples.values).toEqual(Float64Array.from([1, 2, 1]));
});

test("white space, comments, blank lines and zeros are as libsvm's tools take them", () => {
  const text = "  +1\t2:1  3:0.5\t\r\n\n-1 # nothing\n# only a comment\n0 7:0 9:-1.5e1 #end";
  expect(rowsOf(parse(text))).toEqual([
    {
      label: 1,
      entries: [
        [2n, 1],
        [3n, 0.5],
      ],
    },
    { label: -1, entries: [] },
    { label: -1, entries: [[9n, -15]] },
  ]);
});

test.each([
  ["2 1:1", 1, 'expected a label: 1 or +1 (positive), -1 or 0 (negative), found "2"'],
  ["+ 1:1", 1, 'expected a label: 1 or +1 (positive), -1 or 0 (negative), found "+"'],
  ["1x 1:1", 1, 'expected a label: 1 or +1 (positive), -1 or 0 (negative), found "1x"'],
  ["nan 1:1", 1, 'expected a label: 1 or +1 (positive), -1 or 0 (negative), found "nan"'],
  ["1 0:1", 3, 'expected a feature index from 1 to 1000, found "0:1"'],
  ["1 1001:1", 3, 'expected a feature index of at most 1000 (data.features), found "1001:1"'],
  ["1 1000:1 1001:1", 10, 'expected a feature index of at most 1000 (data.features), found "1001:1"'],
  ["1 99999999999999999999999999:1", 3, "expected a feature index of at most 1000 (data.features), found"],
  ["1 5:1 3:1", 7, 'expected a feature index that rises, from 6 to 1000, found "3:1"'],
  ["1 5:1 5:1", 7, 'expected a feature index that rises, from 6 to 1000, found "5:1"'],
  ["1 qid:3 1:1", 3, 'expected a feature index, found "qid:3"'],
  ["1 -3:1", 3, 'expected a feature index, found "-3:1"'],
  ["1 3", 4, "expected a colon after the feature index, found the end of the line"],
  ["1 3 :1", 4, 'expected a colon after the feature index, found " :1"'],
  ["1 3:", 5, "expected a finite decimal number, found the end of the line"],
  ["1 3:nan", 5, 'expected a finite decimal number, found "nan"'],
  ["1 3:inf", 5, 'expected a finite decimal number, found "inf"'],
  ["1 3:1e999", 5, 'expected a finite decimal number, found "1e999"'],
  ["1 3:1.2.3", 5, 'expected a finite decimal number, found "1.2.3"'],
  ["1 3:1,5", 5, 'expected a finite decimal number, found "1,5"'],
  ["1 3:0x10", 5, 'expected a finite decimal number, found "0x10"'],
  ["1 3:\xff\x00", 5, 'expected a finite decimal number, found "\\xff\\x00"'],
  ["\xef\xbb\xbf1 3:1", 1, "expected a label"],
])("the line %j is refused at column %i", (line, column, said) => {
  const text = `1 1:1\n${line}\n`;
  const source = { ...libsvm, featureMax: 1000 };
  expect(() => parse(text, source)).toThrow(`test.svm:2:${column}: ${said}`);
  expect(() => parse(text, source, 3)).toThrow(`test.svm:2:${column}: ${said}`);
});

test.each([
  ["1 1:1 3:0.1", 9, "0.1"],
  ["1 1:102.5", 5, "102.5"],
  ["1 1:-103", 5, "-103"],
  ["1 2:1 3:1e-7 4:5", 9, "1e-7"],
])("where values must be exact, the line %j is refused at column %i", (line, column, found) => {
  const source = { ...libsvm, exactValuesBelow: 102.4 };
  const said = `expected a multiple of 2^-20 below 102.4, as tau = 0 wants it, found "${found}"`;
  expect(() => parse(`1 1:1\n${line}\n`, source)).toThrow(`test.svm:2:${column}: ${said}`);
  expect(parse(`1 1:1\n${line}\n`, { ...source, badLines: "skip" }).summary).toMatchObject({
    rows: 1,
    badLines: 1,
  });
  expect(parse(line).examples.rows).toBe(1);
});

test("values that are exact are the same where they must be", () => {
  const text = `1 1:1 2:0.5 3:-102.25\n-1 1:${2 ** -20} 2:0 4:1.0\n`;
  expect(rowsOf(parse(text, { ...libsvm, exactValuesBelow: 102.4 }))).toEqual(rowsOf(parse(text)));
});

test("bad lines are skipped and counted where that is asked for, and leave nothing behind", () => {
  const share = parse("1 1:1\n1 2:1 3:1 oops\n7\n-1 4:2\n", { ...libsvm, badLines: "skip" });
  expect(rowsOf(share)).toEqual([
    { label: 1, entries: [[1n, 1]] },
    { label: -1, entries: [[4n, 2]] },
  ]);
  expect(share.summary).toEqual({ rows: 2, nonzeros: 2, badLines: 2, loadMicros: 0 });
  expect(share.examples.keys.pairs).toEqual(Uint32Array.from([1, 0, 4, 0]));
});

test("any bytes are parsed, or refused with their place", () => {
  const alphabet = fc.constantFrom(..."0123456789:.eE+- \t\r\n#xn\x00\xff");
  fc.assert(
    fc.property(fc.array(alphabet, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (characters, size) => {
      const text = characters.join("");
      const whole = attempt(text, 1 << 20);
      expect(attempt(text, size)).toEqual(whole);
      if (typeof whole === "string") expect(whole).toMatch(/^test\.svm:\d+:\d+: expected .*, found ./);
      // Skipping finds the same good rows as refusing line by line.
      const skipped = rowsOf(parse(text, { ...libsvm, badLines: "skip" }));
      const oneByOne = text.split("\n").flatMap((line) => {
        const result = attempt(line, 1 << 20);
        return typeof result === "string" ? [] : result;
      });
      expect(skipped).toEqual(oneByOne);
    }),
    { seed: 4, numRuns: 2000 },
  );
});

function attempt(text: string, size: number): string | ReturnType<typeof rowsOf> {
  try {
    return rowsOf(parse(text, libsvm, size));
  } catch (error) {
    return (error as Error).message;
  }
}

test("a line longer than the limit is a bad line, in any chunks", () => {
  const long = `1 ${Array.from({ length: 50 }, (_, i) => `${i + 1}:1`).join(" ")}`;
  const text = `1 1:1\n${long}\n-1 2:1\n`;
  for (const size of [7, 64, 1 << 20]) {
    expect(() => parse(text, { ...libsvm, lineBytesMax: 100 }, size)).toThrow(
      "test.svm:2: expected a line of at most 100 bytes (lineBytesMax), found a longer one",
    );
    const skipped = parse(text, { ...libsvm, lineBytesMax: 100, badLines: "skip" }, size);
    expect([skipped.summary.rows, skipped.summary.badLines]).toEqual([2, 1]);
    expect(parse(text, { ...libsvm, lineBytesMax: long.length }, size).summary.rows).toBe(3);
  }
});

test("a share that is too large is refused by the option that says so", () => {
  expect(() => parse("1 1:1\n1 1:1\n1 1:1\n", { ...libsvm, rowsMax: 2 })).toThrow(
    "test.svm:3: this share has more than 2 rows (rowsMax): use more slots or raise it",
  );
  expect(() => parse("1 1:1 2:1\n1 1:1\n", { ...libsvm, nonzerosMax: 2 })).toThrow(
    "test.svm:2: this share has more than 2 non-zeros (nonzerosMax)",
  );
});

test("many distinct keys, near and far, are numbered in ascending order", () => {
  const keys = Array.from({ length: 5000 }, (_, i) => (i % 2 === 0 ? i + 1 : 2 ** 40 + i * 7919));
  const text = keys.map((key) => `1 ${key}:1`).join("\n");
  const sorted = [...keys].sort((a, b) => a - b);
  const { examples } = parseExamples([bytes(text)], libsvm, 0, 1);
  const got = Array.from(
    { length: sorted.length },
    (_, i) => examples.keys.pairs[2 * i] + examples.keys.pairs[2 * i + 1] * 2 ** 32,
  );
  expect(got).toEqual(sorted);
  expect([...examples.columns].map((column) => got[column])).toEqual(keys);
});
