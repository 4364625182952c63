import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as float32 from "../../../src/core/store/kernels-float32.ts";
import { addRows, onlyLane, putRows, scatterAdd, takeRows } from "../../../src/core/store/kernels.ts";

test("the kernels of both types are the same text but for the type", () => {
  const [a, b] = ["float32", "float64"].map((type) =>
    readFileSync(new URL(`../../../src/core/store/kernels-${type}.ts`, import.meta.url), "utf8"),
  );
  const start = "*/";
  const body = (text: string): string => text.slice(text.indexOf(start));
  expect(body(b).replaceAll("Float64Array", "Float32Array")).toBe(body(a));
});

test("rows are taken, put and added where the indices say", () => {
  const rows = Float32Array.of(1, 2, 3, 4, 5, 6);
  const out = new Float32Array(4);
  takeRows(rows, Int32Array.of(0, 2), out, 2);
  expect([...out]).toEqual([1, 2, 5, 6]);
  const all = new Float32Array(6);
  putRows(out, Int32Array.of(0, 2), all, 2);
  expect([...all]).toEqual([1, 2, 0, 0, 5, 6]);
  addRows(out, Int32Array.of(1, 2), all, 2);
  expect([...all]).toEqual([1, 2, 1, 2, 10, 12]);
});

test("rows are opened from the back, and what is below stays", () => {
  const column = Float32Array.of(10, 20, 30, 0, 0, 0);
  float32.openRows(column, 3, Int32Array.of(1, 1, 3), 7);
  expect([...column]).toEqual([10, 7, 7, 20, 30, 7]);
});

test("long runs of rows move as a whole", () => {
  const column = Float32Array.from({ length: 103 }, (_, i) => (i < 100 ? i : -1));
  float32.openRows(column, 100, Int32Array.of(0, 50, 100), 7);
  const old = [...Array(100).keys()];
  expect([...column]).toEqual([7, ...old.slice(0, 50), 7, ...old.slice(50), 7]);
});

test("two element types in one parameter are a bug", () => {
  expect(() => scatterAdd(new Float32Array(1), Int32Array.of(0), new Float64Array(1), onlyLane)).toThrow(
    "one type",
  );
});
