import fc from "fast-check";
import { expect, test } from "vitest";
import type { DataSource } from "../../src/data/index.ts";
import { parse, rowsOf } from "./helpers.ts";

const criteo: DataSource = { paths: ["day.tsv"], format: "criteo", badLines: "fail" };

function line(label: string, integers: readonly string[], categories: readonly string[]): string {
  const pad = (fields: readonly string[], count: number): string[] =>
    Array.from({ length: count }, (_, i) => fields[i] ?? "");
  return [label, ...pad(integers, 13), ...pad(categories, 26)].join("\t");
}

function keysOf(text: string): bigint[] {
  return rowsOf(parse(text, criteo))[0].entries.map(([key]) => key);
}

test("the keys of fields are frozen: saved models depend on them", () => {
  expect(keysOf(line("1", ["5"], []))).toEqual(keysOf(line("0", ["7"], [])));
  expect(keysOf(line("1", ["1", "", "-2"], ["68fd1e64"]))).toMatchInlineSnapshot(`
    [
      191051184349703649n,
      2648656158327282723n,
      18074524851487333602n,
    ]
  `);
});

test("each field that is there is a one, whichever are missing", () => {
  const integer = fc.option(fc.integer({ min: -3, max: 1e6 }), { nil: undefined });
  const category = fc.option(fc.stringMatching(/^[0-9a-f]{1,8}$/), { nil: undefined });
  fc.assert(
    fc.property(
      fc.constantFrom("0", "1"),
      fc.array(integer, { minLength: 13, maxLength: 13 }),
      fc.array(category, { minLength: 26, maxLength: 26 }),
      fc.integer({ min: 1, max: 50 }),
      (label, integers, categories, chunkBytes) => {
        const text = line(
          label,
          integers.map((n) => n?.toString() ?? ""),
          categories.map((c) => c ?? ""),
        );
        const share = parse(`${text}\r\n${text}`, criteo, chunkBytes);
        const [first, second] = rowsOf(share);
        const present = [...integers, ...categories].filter((field) => field !== undefined).length;
        expect(first.label).toBe(label === "1" ? 1 : -1);
        expect(first.entries.length).toBe(present);
        expect(first).toEqual(second);
        expect(share.examples.values).toBeUndefined();
        const keys = first.entries.map(([key]) => key);
        expect(keys).toEqual([...keys].sort((a, b) => (a < b ? -1 : 1)));
      },
    ),
    { seed: 6, numRuns: 300 },
  );
});

test("integers share a key within a power of two, and nowhere else", () => {
  const bucketOf = (n: number): number =>
    Math.sign(n) * (n === 0 ? 0 : 1 + Math.floor(Math.log2(Math.abs(n))));
  const integer = fc.oneof(
    fc.integer({ min: -20, max: 20 }),
    fc.integer({ min: -(10 ** 14), max: 10 ** 14 }),
  );
  fc.assert(
    fc.property(integer, integer, (a, b) => {
      const isSame = keysOf(line("1", [String(a)], []))[0] === keysOf(line("1", [String(b)], []))[0];
      expect(isSame).toBe(bucketOf(a) === bucketOf(b));
    }),
    { seed: 7, numRuns: 1000 },
  );
});

test("no two fields share a key, and no two short categories or buckets of a field", () => {
  const keys = new Set<bigint>();
  const categories = [..."0123456789abcdef"].flatMap((a) => [
    a,
    ...[..."0123456789abcdef"].map((b) => a + b),
  ]);
  for (const category of categories)
    for (const key of keysOf(line("1", [], Array(26).fill(category)))) keys.add(key);
  const integers = Array.from({ length: 40 }, (_, power) => 2 ** power);
  for (const n of integers) {
    for (const key of keysOf(line("1", Array(13).fill(String(n)), []))) keys.add(key);
    for (const key of keysOf(line("1", Array(13).fill(String(-n)), []))) keys.add(key);
  }
  expect(keys.size).toBe(26 * categories.length + 13 * 2 * integers.length);
});

test.each([
  [line("2", [], []), 1, 'expected a label: 1 (clicked) or 0 (not clicked), found "2"'],
  [line("", [], []), 1, "expected a label: 1 (clicked) or 0 (not clicked)"],
  [line("1", ["x"], []), 3, 'expected an integer of at most 15 digits, or nothing, found "x"'],
  [line("1", ["1.5"], []), 3, 'expected an integer of at most 15 digits, or nothing, found "1.5"'],
  [line("1", ["", "-"], []), 4, 'expected an integer of at most 15 digits, or nothing, found "-"'],
  [line("1", ["1234567890123456"], []), 3, "expected an integer of at most 15 digits"],
  ["1\t2\t3", 6, "expected 40 fields parted by tabs, this line has 3, found the end of the line"],
  [`${line("1", [], [])}\t`, 41, "expected the end of the line after 40 fields"],
  ["1 5:1", 1, "expected a label: 1 (clicked) or 0 (not clicked)"],
])("the line %j is refused at column %i", (text, column, said) => {
  const whole = `${line("0", ["1"], ["a"])}\n${text}\n`;
  expect(() => parse(whole, criteo)).toThrow(`day.tsv:2:${column}: ${said}`);
  expect(parse(whole, { ...criteo, badLines: "skip" }).summary).toMatchObject({ rows: 1, badLines: 1 });
});
