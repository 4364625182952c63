import fc from "fast-check";
import { expect, test } from "vitest";
import { readDecimal } from "../../src/data/decimal.ts";
import { bytes } from "./helpers.ts";

function read(text: string): [value: number, at: number] {
  const cursor = { at: 0 };
  return [readDecimal(bytes(text), text.length, cursor), cursor.at];
}

test("a number is rounded as Number(text) rounds it", () => {
  const digits = (maxLength: number): fc.Arbitrary<string> =>
    fc.array(fc.constantFrom(..."0123456789"), { minLength: 1, maxLength }).map((list) => list.join(""));
  const written = fc.tuple(
    fc.constantFrom("", "-", "+"),
    digits(20),
    fc.option(digits(20)),
    fc.option(fc.integer({ min: -40, max: 40 })),
  );
  const text = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    written.map(
      ([sign, whole, part, power]) =>
        `${sign}${whole}${part === null ? "" : `.${part}`}${power === null ? "" : `e${power}`}`,
    ),
  );
  fc.assert(
    fc.property(text, (number) => {
      const [value, at] = read(number);
      expect(value).toBe(Number(number));
      expect(at).toBe(number.length);
    }),
    { seed: 5, numRuns: 5000 },
  );
});

test.each(["", "-", ".", "e5", "+.e1", "1e", "1e+", "nan", "Infinity", "1e400", "-x"])(
  "%j is no finite number",
  (text) => {
    expect(read(text)[0]).toBeNaN();
  },
);

test.each([
  ["5:", 5, 1],
  [".5 ", 0.5, 2],
  ["3.", 3, 2],
  ["1e3x", 1000, 3],
])("%j is read up to its end", (text, value, at) => {
  expect(read(text)).toEqual([value, at]);
});
