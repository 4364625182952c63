import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keyListFromNumbers, type Model } from "../../src/core/index.ts";
import { loadModel, modelText, parseModel, saveModel, writeAtomically } from "../../src/data/index.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tauring-model-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function modelOf(entries: readonly (readonly [key: number, weight: number])[]): Model {
  return {
    keys: keyListFromNumbers(entries.map(([key]) => key)).pairs,
    weights: Float64Array.from(entries, ([, weight]) => weight),
  };
}

function textOf(model: Model, features?: number): string {
  return Buffer.concat([...modelText(model, features)]).toString("latin1");
}

const weight = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((w) => w !== 0);

test("a model is read back to the last bit, in liblinear's form", () => {
  const entries = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 300 }), weight), {
    selector: ([key]) => key,
  });
  fc.assert(
    fc.property(entries, fc.integer({ min: 300, max: 400 }), (list, features) => {
      const model = modelOf(list.sort(([a], [b]) => a - b));
      expect(parseModel(textOf(model, features), "m")).toEqual({ model, features });
    }),
    { seed: 10, numRuns: 300 },
  );
});

test("a model is read back to the last bit, with 64-bit keys", () => {
  const entries = fc.uniqueArray(fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), weight), {
    selector: ([key]) => key,
  });
  fc.assert(
    fc.property(entries, (list) => {
      const sorted = list.sort(([a], [b]) => (a < b ? -1 : 1));
      const model = {
        keys: Uint32Array.from(sorted.flatMap(([key]) => [Number(key & 0xffff_ffffn), Number(key >> 32n)])),
        weights: Float64Array.from(sorted, ([, w]) => w),
      };
      expect(parseModel(textOf(model), "m")).toEqual({ model, features: undefined });
    }),
    { seed: 11, numRuns: 300 },
  );
});

test("liblinear's form is what its tools write, with our version where they no longer read", () => {
  expect(
    textOf(
      modelOf([
        [2, -0.5],
        [3, 1e-7],
      ]),
      4,
    ),
  ).toBe(
    "solver_type L1R_LR\nnr_class 2\nlabel 1 -1\nnr_feature 4\nbias -1\nw\n0\n-0.5\n1e-7\n0\ntauring.model/1\n",
  );
});

test("the sparse form names keys", () => {
  expect(
    textOf(
      modelOf([
        [2, -0.5],
        [2 ** 53 - 1, 3],
      ]),
    ),
  ).toBe("tauring.model/1\nsolver_type L1R_LR\nlabel 1 -1\nweights 2\nw\n2 -0.5\n9007199254740991 3\nend\n");
});

test("a file of liblinear itself is read, also one whose first label is the negative one", () => {
  const text = "solver_type L2R_LR\nnr_class 2\nlabel -1 1\nnr_feature 3\nbias -1\nw\n0.25 \n0 \n-1.5e-3 \n";
  expect(parseModel(text, "m")).toEqual({
    model: modelOf([
      [1, -0.25],
      [3, 0.0015],
    ]),
    features: 3,
  });
});

test("more features than liblinear's form is good for take the sparse form", () => {
  const model = modelOf([[2 ** 27, 1]]);
  expect(parseModel(textOf(model, 2 ** 27), "m")).toEqual({ model, features: undefined });
});

const head = "solver_type L1R_LR\nnr_class 2\nlabel 1 -1\nnr_feature 2\nbias -1\nw\n";
const sparse = "tauring.model/1\nsolver_type L1R_LR\nlabel 1 -1\nweights 2\nw\n";
test.each([
  ["", "m:1: expected a model file, found the end of the file"],
  ["1 3:1 5:1\n", 'm:1: expected solver_type, nr_class, label, nr_feature, bias or w, found "1 3:1 5:1"'],
  ["tauring.model/2\n", 'm:1: expected tauring.model/1, found "tauring.model/2"'],
  [
    head.replace("L1R_LR", "MCSVM_CS"),
    'm:1: expected solver_type L1R_LR or L2R_LR or L2R_LR_DUAL, found "solver_type MCSVM_CS"',
  ],
  [head.replace("nr_class 2", "nr_class 3"), 'm:2: expected nr_class 2, found "nr_class 3"'],
  [head.replace("1 -1", "3 4"), 'm:3: expected label 1 -1 or -1 1, found "label 3 4"'],
  [head.replace("bias -1", "bias 1"), 'm:5: expected bias -1: a model without a bias term, found "bias 1"'],
  [head.replace("bias -1\n", ""), 'm:5: expected bias before w, found "w"'],
  [head.replace("nr_feature 2", "nr_feature 1e99"), "nr_feature from 1 to 67108864 in the header, not 1e99"],
  [head.slice(0, -2), "m:6: expected w, and the weights after it, found the end of the file"],
  [`${head}0.5\n`, "m:8: expected weight 2 of 2, found the end of the file"],
  [`${head}0.5\nx\n`, 'm:8: expected a finite decimal number, found "x"'],
  [`${head}0.5\nnan\n`, 'm:8: expected a finite decimal number, found "nan"'],
  [`${head}0.5\n1e999\n`, 'm:8: expected a finite decimal number, found "1e999"'],
  [`${head}0.5\n1\n2\n`, 'm:9: expected tauring.model/1 or the end of the file, found "2"'],
  [`${sparse}5 1\n`, "m:7: expected weight 2 of 2, found the end of the file"],
  [`${sparse}5 1\n5 2\nend\n`, 'm:7: expected a key that rises and is below 2^64, found "5 2"'],
  [`${sparse}5 1\n18446744073709551616 2\nend\n`, "m:7: expected a key that rises and is below 2^64"],
  [`${sparse}5 1\n6\nend\n`, 'm:7: expected a key and its weight, found "6"'],
  [`${sparse}5 1\n6 2\n`, "m:8: expected end, found the end of the file"],
])("the file %j is refused", (text, said) => {
  expect(() => parseModel(text, "m")).toThrow(said);
});

test("any text is a model or refused with its line", () => {
  const piece = fc.constantFrom(
    ...head.split(/(?<=\n)/),
    ...sparse.split(/(?<=\n)/),
    "0.5\n",
    "1 2\n",
    "end\n",
    "\n",
    "w",
    "-",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        parseModel(pieces.join(""), "m");
      } catch (error) {
        expect((error as Error).message).toMatch(/^m:\d+: expected /);
      }
    }),
    { seed: 12, numRuns: 1000 },
  );
});

test("a saved model is whole, and its hash is that of its bytes", async () => {
  const path = join(folder, "model.txt");
  writeFileSync(path, "an older model");
  const model = modelOf(Array.from({ length: 100_000 }, (_, i): [number, number] => [3 * i + 1, i - 0.5]));
  const written = await saveModel(path, model, 400_000);
  const content = readFileSync(path);
  expect(written).toEqual({
    bytes: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
  });
  expect(await loadModel(path)).toEqual({ model, features: 400_000 });
  expect(readdirSync(folder)).toEqual(["model.txt"]);
});

test("a model is saved where a link points to", async () => {
  writeFileSync(join(folder, "real.txt"), "");
  symlinkSync("real.txt", join(folder, "link.txt"));
  await saveModel(join(folder, "link.txt"), modelOf([[1, 2]]), 1);
  expect((await loadModel(join(folder, "real.txt"))).model).toEqual(modelOf([[1, 2]]));
});

test.each([
  ["a full disk", "/dev/full", "/dev/full: the disk is full (ENOSPC)"],
  [
    "a folder that is not there",
    "/nowhere/at/all/model.txt",
    "/nowhere/at/all/model.txt: there is no such file (ENOENT)",
  ],
])("%s is named", async (_why, path, said) => {
  await expect(saveModel(path, modelOf([[1, 2]]), 1)).rejects.toThrow(said);
});

test("weights that liblinear's form cannot hold are refused before anything is written", async () => {
  const path = join(folder, "model.txt");
  await expect(saveModel(path, modelOf([[5, 1]]), 4)).rejects.toThrow(
    "features: the model has keys outside 1 to 4",
  );
  await expect(saveModel(path, modelOf([[0, 1]]), 4)).rejects.toThrow(
    "features: the model has keys outside 1 to 4",
  );
  await expect(saveModel(path, modelOf([[1, 1]]), 0)).rejects.toThrow(
    "features: expected an integer from 1, found 0",
  );
  expect(readdirSync(folder)).toEqual([]);
});

test("whatever fails half-way leaves the older file as it was, and nothing beside it", async () => {
  const path = join(folder, "model.txt");
  writeFileSync(path, "older");
  function* failing(): Generator<Uint8Array> {
    yield Buffer.from("new");
    throw new Error("half-way");
  }
  await expect(writeAtomically(path, failing())).rejects.toThrow("half-way");
  expect(readFileSync(path, "utf8")).toBe("older");
  expect(readdirSync(folder)).toEqual(["model.txt"]);
});

test("a disk that fills up half-way leaves the older model, in a process of its own", () => {
  const path = join(folder, "model.txt");
  writeFileSync(path, "older");
  const program = `
    import { saveModel } from ${JSON.stringify(join(import.meta.dirname, "../../dist/data/index.js"))};
    const model = { keys: new Uint32Array(0), weights: new Float64Array(0) };
    await saveModel(${JSON.stringify(path)}, model, 1_000_000).catch((error) => {
      console.error(error.message);
      process.exitCode = 6;
    });`;
  // A limit on the size of files (in KiB) stands for the disk.
  const script = 'ulimit -f 64; exec "$0" --input-type=module -e "$1"';
  const result = spawnSync("bash", ["-c", script, process.execPath, program], { encoding: "utf8" });
  expect(result.stderr).toContain(`${path}: the file grew past the allowed size (EFBIG)`);
  expect(result.status).toBe(6);
  expect(readFileSync(path, "utf8")).toBe("older");
  expect(readdirSync(folder)).toEqual(["model.txt"]);
});
