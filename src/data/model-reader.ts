/** Reads models in either form (model-file.ts); what is wrong with one is said with its line. */
import { readFile } from "node:fs/promises";
import type { Model } from "../core/index.ts";
import { DataError, fileError } from "./data-error.ts";
import { liblinearFeaturesMax, modelVersion } from "./model-file.ts";

export interface LoadedModel {
  readonly model: Model;
  /** Largest feature index that the model knows of; undefined for hashed keys. */
  readonly features: number | undefined;
}

export async function loadModel(path: string): Promise<LoadedModel> {
  const text = await readFile(path, "latin1").catch((error: unknown) => {
    throw fileError(path, error);
  });
  return parseModel(text, path);
}

export function parseModel(text: string, file: string): LoadedModel {
  const lines = new Lines(text, file);
  const header = readHeader(lines);
  return header.version ? readSparse(lines, header) : readDense(lines, header);
}

/** The lines of a file, one after the other. */
class Lines {
  private readonly text: string;
  private readonly file: string;
  private at = 0;
  private number = 0;
  present = "";

  constructor(text: string, file: string) {
    this.text = text;
    this.file = file;
  }

  /** Moves to the next line; false at the end of the file. */
  next(): boolean {
    if (this.at >= this.text.length) {
      this.present = "";
      this.number++;
      return false;
    }
    const found = this.text.indexOf("\n", this.at);
    const end = found < 0 ? this.text.length : found;
    this.present = this.text.slice(this.at, end).trim();
    this.at = end + 1;
    this.number++;
    return true;
  }

  fail(expected: string): never {
    const found =
      this.present === "" && this.at >= this.text.length
        ? "the end of the file"
        : JSON.stringify(this.present.slice(0, 80));
    throw new DataError(`expected ${expected}, found ${found}`, { file: this.file, line: this.number });
  }
}

interface Header {
  readonly version: boolean;
  readonly fields: ReadonlyMap<string, string>;
  /** -1 where the model's first label, whose margin it gives, is the negative one. */
  readonly sign: number;
}

const solvers = ["L1R_LR", "L2R_LR", "L2R_LR_DUAL"];

function readHeader(lines: Lines): Header {
  const fields = new Map<string, string>();
  if (!lines.next()) lines.fail("a model file");
  const version = lines.present === modelVersion;
  if (!version && lines.present.startsWith("tauring.model/")) lines.fail(modelVersion);
  const names = version
    ? ["solver_type", "label", "weights"]
    : ["solver_type", "nr_class", "label", "nr_feature", "bias"];
  let isLine = version ? lines.next() : true;
  for (; isLine && lines.present !== "w"; isLine = lines.next()) {
    const [name, ...rest] = lines.present.split(/\s+/);
    const value = rest.join(" ");
    if (!names.includes(name)) lines.fail(`${names.join(", ")} or w`);
    if (name === "solver_type" && !solvers.includes(value)) lines.fail(`solver_type ${solvers.join(" or ")}`);
    if (name === "nr_class" && value !== "2") lines.fail("nr_class 2");
    if (name === "label" && !/^(1 (-1|0)|(-1|0) 1)$/.test(value)) lines.fail("label 1 -1 or -1 1");
    if (name === "bias" && !(Number(value) < 0)) lines.fail("bias -1: a model without a bias term");
    fields.set(name, value);
  }
  if (!isLine) lines.fail("w, and the weights after it");
  for (const name of names) if (!fields.has(name)) lines.fail(`${name} before w`);
  return { version, fields, sign: fields.get("label")?.startsWith("1") === true ? 1 : -1 };
}

function readDense(lines: Lines, header: Header): LoadedModel {
  const features = Number(header.fields.get("nr_feature"));
  if (!Number.isSafeInteger(features) || features < 1 || features > liblinearFeaturesMax) {
    lines.fail(
      `nr_feature from 1 to ${liblinearFeaturesMax} in the header, not ${header.fields.get("nr_feature")}`,
    );
  }
  const keys: number[] = [];
  const weights: number[] = [];
  for (let feature = 1; feature <= features; feature++) {
    if (!lines.next()) lines.fail(`weight ${feature} of ${features}`);
    const weight = header.sign * number(lines, lines.present);
    if (weight === 0) continue;
    keys.push(feature, 0);
    weights.push(weight);
  }
  // liblinear's own files end here.
  if (lines.next() && lines.present !== modelVersion) lines.fail(`${modelVersion} or the end of the file`);
  return { model: { keys: Uint32Array.from(keys), weights: Float64Array.from(weights) }, features };
}

function readSparse(lines: Lines, header: Header): LoadedModel {
  const count = Number(header.fields.get("weights"));
  if (!Number.isSafeInteger(count) || count < 0) lines.fail("weights and their number in the header");
  const keys: number[] = [];
  const weights: number[] = [];
  let previous = -1n;
  for (let i = 0; i < count; i++) {
    if (!lines.next()) lines.fail(`weight ${i + 1} of ${count}`);
    const parts = lines.present.split(/\s+/);
    if (parts.length !== 2 || !/^\d{1,20}$/.test(parts[0])) lines.fail("a key and its weight");
    const key = BigInt(parts[0]);
    if (key <= previous || key >= 1n << 64n) lines.fail("a key that rises and is below 2^64");
    keys.push(Number(key & 0xffff_ffffn), Number(key >> 32n));
    weights.push(header.sign * number(lines, parts[1]));
    previous = key;
  }
  if (!lines.next() || lines.present !== "end") lines.fail("end");
  return {
    model: { keys: Uint32Array.from(keys), weights: Float64Array.from(weights) },
    features: undefined,
  };
}

function number(lines: Lines, text: string): number {
  const isDecimal = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text);
  const value = Number(text);
  if (!isDecimal || !Number.isFinite(value)) lines.fail("a finite decimal number");
  return value;
}
