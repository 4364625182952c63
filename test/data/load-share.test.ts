import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DataSource, DataError, loadShare, loadShareSync } from "../../src/data/index.ts";
import { rowsOf } from "./helpers.ts";

let folder: string;
const shipped = join(import.meta.dirname, "../../data");

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tauring-data-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function source(...paths: string[]): DataSource {
  return { paths, format: "libsvm", badLines: "fail" };
}

test("plain and gzip files are read alike, whatever their names say, with and without waiting", async () => {
  const text = Array.from(
    { length: 40_000 },
    (_, i) => `${i % 3 === 0 ? 1 : -1} ${i + 1}:1 ${50_000 + (i % 7)}:0.5`,
  ).join("\n");
  const plain = file("plain.gz", text);
  const packed = file("packed.svm", gzipSync(text));
  const expected = await loadShare(source(plain), 1, 3);
  expect(expected.examples.rows).toBe(13_333);
  for (const path of [plain, packed]) {
    expect((await loadShare(source(path), 1, 3)).examples).toEqual(expected.examples);
    const share = loadShareSync(source(path), 1, 3);
    expect(share.examples).toEqual(expected.examples);
    expect(share.summary).toEqual({ ...expected.summary, loadMicros: 0 });
  }
});

test("files follow one another as if they were one, also without a last newline", async () => {
  const paths = [
    file("a.svm", "1 1:1\n1 2:1\n1 3:1"),
    file("b.svm", ""),
    file("c.svm.gz", gzipSync("-1 4:1\n-1 5:1\n")),
  ];
  const keys = async (slot: number): Promise<bigint[]> =>
    rowsOf(await loadShare(source(...paths), slot, 2)).flatMap(({ entries }) => entries.map(([key]) => key));
  expect(await keys(0)).toEqual([1n, 3n, 5n]);
  expect(await keys(1)).toEqual([2n, 4n]);
});

test("a bad line names its own file and its line there", async () => {
  const paths = [file("good.svm", "1 1:1\n1 2:1\n"), file("bad.svm", "1 1:1\n1 2:x\n")];
  const error = await loadShare(source(...paths), 0, 1).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DataError);
  expect(error).toMatchObject({ file: paths[1], line: 2, column: 5 });
  expect(() => loadShareSync(source(...paths), 0, 1)).toThrow(
    `${paths[1]}:2:5: expected a finite decimal number`,
  );
  // Another slot's bad line is not this slot's business.
  expect((await loadShare(source(...paths), 0, 2)).summary.rows).toBe(2);
});

test.each([
  ["a file that is not there", () => join(folder, "absent.svm"), "there is no such file (ENOENT)"],
  ["a folder", () => folder, "a file was expected, this is a folder (EISDIR)"],
  [
    "a gzip file that was cut off",
    () => file("cut.svm.gz", gzipSync("1 1:1\n".repeat(10_000)).subarray(0, 60)),
    "the gzip data ends too early (Z_BUF_ERROR)",
  ],
  [
    "a gzip file with broken bytes",
    () => {
      const packed = Buffer.from(gzipSync(Array.from({ length: 999 }, (_, i) => `1 ${i + 1}:1\n`).join("")));
      return file("broken.svm.gz", packed.fill(0xff, 100, 120));
    },
    "the gzip data is broken (Z_DATA_ERROR)",
  ],
])("%s is named", async (_why, path, said) => {
  const name = path();
  await expect(loadShare(source(name), 0, 1)).rejects.toThrow(`${name}: ${said}`);
  expect(() => loadShareSync(source(name), 0, 1)).toThrow(`${name}: ${said}`);
});

test.each([
  [
    { paths: [], format: "libsvm", badLines: "fail" },
    "data.paths: expected a list of at least one path, found []",
  ],
  [{ paths: ["x"], format: "csv", badLines: "fail" }, 'data.format: expected libsvm or criteo, found "csv"'],
  [
    { paths: ["x"], format: "libsvm", badLines: "warn" },
    'data.badLines: expected fail or skip, found "warn"',
  ],
  [
    { paths: ["x"], format: "libsvm", badLines: "fail", rowsMax: 0 },
    "data.rowsMax: expected an integer from 1 to",
  ],
  [
    { paths: ["x"], format: "libsvm", badLines: "fail", exactValuesBelow: 0 },
    "data.exactValuesBelow: expected a positive number, found 0",
  ],
  [null, "data.source: expected an object, found null"],
])("the source %j is refused", async (value, said) => {
  expect(() => loadShareSync(value as unknown as DataSource, 0, 1)).toThrow(said);
  await expect(loadShare(value as unknown as DataSource, 0, 1)).rejects.toThrow(said);
});

test.each([
  [2, 2, "data.slot: expected an integer from 0 to 1, found 2"],
  [0, 0, "data.slotCount: expected an integer from 1, found 0"],
])("slot %i of %i is refused", (slot, slotCount, said) => {
  expect(() => loadShareSync(source("x"), slot, slotCount)).toThrow(said);
});

test.each([
  [
    "clickbait.train",
    25_602,
    494_033,
    12_778,
    154_225,
    "90ce6f917f15fe6594b1c4480d16afd5d210f3c732a682b23ef3376fccf4cd73",
  ],
  [
    "clickbait.test",
    6_396,
    94_155,
    3_221,
    25_442,
    "25e892828264391158af464088edae031dd785e3fa21961444410574ee020ee9",
  ],
  [
    "a9a.train",
    32_561,
    451_592,
    7_841,
    123,
    "2a66595cdac07f65d5e8a8d223dfe4ab003ebbcc7e3a0b9fe588c2657b8d6c4e",
  ],
  [
    "a9a.test",
    16_281,
    225_731,
    3_846,
    122,
    "3cc3668c2cbb3fbc172f2bade718c4f6678b76123eca97e0c4e15c78ba5312e3",
  ],
])(
  "%s is the data set that data/README.md describes",
  (name, rows, nonzeros, positives, features, sha256) => {
    const path = join(shipped, `${name}.svm.gz`);
    expect(createHash("sha256").update(readFileSync(path)).digest("hex")).toBe(sha256);
    expect(readFileSync(join(shipped, "README.md"), "utf8")).toContain(sha256);
    const { examples, summary } = loadShareSync(source(path), 0, 1);
    expect(summary).toEqual({ rows, nonzeros, badLines: 0, loadMicros: 0 });
    expect(examples.labels.filter((label) => label === 1).length).toBe(positives);
    expect(examples.keys.pairs.length).toBe(2 * features);
    expect(examples.values).toBeUndefined();
  },
);
