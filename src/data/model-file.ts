/**
 * Models as text, in two forms (docs/data.md). Up to a feature maximum: liblinear's own model file, which its tools read, with our
 * version in a last line that they ignore. For hashed 64-bit keys: `tauring.model/1` with `key weight` lines.
 */
import { assert, type Model } from "../core/index.ts";
import { type Written, writeAtomically } from "./atomic-file.ts";

export const modelVersion = "tauring.model/1";
/** The liblinear form has a line for each feature, so that it is not used above this. */
export const liblinearFeaturesMax: number = 2 ** 26;

const linesAtOnce = 65536;

/**
 * Saves the model in liblinear's form if `features`, the largest feature index of the training data, is given and not too
 * large for it, and in ours if not.
 */
export async function saveModel(path: string, model: Model, features?: number): Promise<Written> {
  return writeAtomically(path, modelText(model, features));
}

export function* modelText(model: Model, features?: number): Generator<Uint8Array> {
  checkModel(model);
  if (features === undefined || features > liblinearFeaturesMax) {
    yield bytesOf(`${modelVersion}\nsolver_type L1R_LR\nlabel 1 -1\nweights ${model.weights.length}\nw\n`);
    yield* sparseLines(model);
    yield bytesOf("end\n");
    return;
  }
  if (!Number.isSafeInteger(features) || features < 1) {
    throw new Error(`features: expected an integer from 1, found ${features}`);
  }
  yield bytesOf(`solver_type L1R_LR\nnr_class 2\nlabel 1 -1\nnr_feature ${features}\nbias -1\nw\n`);
  yield* denseLines(model, features);
  yield bytesOf(`${modelVersion}\n`);
}

function* sparseLines(model: Model): Generator<Uint8Array> {
  for (let begin = 0; begin < model.weights.length; begin += linesAtOnce) {
    let text = "";
    const end = Math.min(model.weights.length, begin + linesAtOnce);
    for (let i = begin; i < end; i++) {
      const high = model.keys[2 * i + 1];
      const low = model.keys[2 * i];
      const key = high < 2 ** 21 ? high * 2 ** 32 + low : (BigInt(high) << 32n) | BigInt(low);
      text += `${key} ${decimal(model.weights[i])}\n`;
    }
    yield bytesOf(text);
  }
}

function* denseLines(model: Model, features: number): Generator<Uint8Array> {
  const { keys, weights } = model;
  const last = weights.length - 1;
  if (
    last >= 0 &&
    (keys[2 * last + 1] > 0 || keys[2 * last] > features || (keys[0] === 0 && keys[1] === 0))
  ) {
    throw new Error(
      `features: the model has keys outside 1 to ${features}, which liblinear's form cannot hold`,
    );
  }
  let at = 0;
  for (let begin = 1; begin <= features; begin += linesAtOnce) {
    let text = "";
    const end = Math.min(features, begin + linesAtOnce - 1);
    for (let feature = begin; feature <= end; feature++) {
      if (at <= last && keys[2 * at] === feature) text += `${decimal(weights[at++])}\n`;
      else text += "0\n";
    }
    yield bytesOf(text);
  }
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, "latin1");
}

/** The shortest text that reads back as the same number. */
function decimal(weight: number): string {
  return Object.is(weight, -0) ? "0" : String(weight);
}

function checkModel({ keys, weights }: Model): void {
  assert(keys.length === 2 * weights.length, "a model has one key for each weight");
  for (let i = 0; i < weights.length; i++) {
    assert(Number.isFinite(weights[i]), `weight ${i} is finite, not ${weights[i]}`);
    if (i === 0) continue;
    const isRising =
      keys[2 * i + 1] > keys[2 * i - 1] ||
      (keys[2 * i + 1] === keys[2 * i - 1] && keys[2 * i] > keys[2 * i - 2]);
    assert(isRising, `key ${i} of the model is above the one before`);
  }
}
