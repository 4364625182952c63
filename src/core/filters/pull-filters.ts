/**
 * The filters of a pull's answer, at the server and at the worker. Draws depend on the job's seed, the parameter, the
 * task and which of its pulls this is, and the key, and on nothing else.
 */
import { assert } from "../assert.ts";
import type { ParameterSpec, Values } from "../parameter.ts";
import type { EncodedValues, FilteredValues } from "./encoded-values.ts";
import { filterCode, filterOf, leaveOut, packRows, type Rows } from "./pack-rows.ts";
import { thresholdAt } from "./push-filters.ts";
import { applyAnswer, rowCopy, type RowCopies, type RowCopy } from "./row-copy.ts";
import { maskBytes, setBit } from "./row-mask.ts";
import { keptValues } from "./rows.ts";

export interface PullRows {
  readonly jobSeed: string;
  readonly parameter: number;
  /** Names the read, time and which of its pulls: each slot of a task draws the same, and in each epoch. */
  readonly version: string;
  readonly pairs: Uint32Array;
  /** Row by row, the columns that `spec.pulled` names. The answer owns them. */
  readonly values: Values;
  /** The filter mark of each key, where `markColumn` names one: a row with a mark is left out. */
  readonly mark: Values | undefined;
}

/** What a slot was sent of a key list, and what it says it has. */
export interface SentCopy {
  readonly copies: RowCopies;
  /** Of the slot and the key list, within the parameter and segment. */
  readonly name: string;
  /** As the pull says. */
  readonly base: number;
  readonly time: number;
}

/** The column that marks rows for the KKT filter on pulls: the one named `mark`. Undefined: the stack has no KKT. */
export function markColumn(spec: ParameterSpec): number | undefined {
  if (filterOf(spec.pullFilters, "kkt") === undefined) return undefined;
  return spec.columns.findIndex((column) => column.name === "mark");
}

/** What travels of an answer. With significantly-modified and `sent`, call once for each answer that is sent. */
export function encodePull(spec: ParameterSpec, request: PullRows, sent?: SentCopy): FilteredValues {
  const { pairs, values, mark } = request;
  const width = spec.pulled.length;
  assert(
    values.length * 2 === pairs.length * width,
    () => `${values.length} values are ${width} for each key pulled`,
  );
  const rows: Rows = {
    spec,
    pairs,
    width,
    values,
    leftOutBy: undefined,
    drawsFrom: () => `${request.jobSeed}/pull/${request.parameter}/${request.version}`,
  };
  if (mark !== undefined && filterOf(spec.pullFilters, "kkt") !== undefined) leaveOutMarked(rows, mark);
  const modified = filterOf(spec.pullFilters, "significantly-modified");
  if (modified === undefined || sent === undefined) return packRows(rows, spec.pullFilters);
  const copy = sent.base === 0 ? undefined : sent.copies.get(sent.name);
  const isBase = copy !== undefined && copy.digest === sent.base && copy.values.length === values.length;
  const encoded = isBase
    ? encodeOver(rows, copy, thresholdAt(modified, sent.time))
    : packRows(rows, spec.pullFilters);
  const after = applyAnswer(spec, encoded, copy);
  assert(after !== undefined, "the sender has the copy that its answer builds on");
  sent.copies.set(sent.name, rowCopy(after.values, after.present));
  return encoded;
}

/** Rows as a program gets them. */
export interface PulledRows {
  readonly values: Values;
  /** 0 where the KKT filter left the row out: it reads as initial. Undefined: every row travelled. */
  readonly present: Uint8Array | undefined;
}

/** Where a receiver keeps its copies, and under which name this one. */
export interface ReceivedCopy {
  readonly copies: RowCopies;
  readonly name: string;
}

/**
 * The rows of an answer that `checkEncoded` let pass. Undefined: it builds on a copy that is not here, so pull again
 * with base 0.
 */
export function decodePull(
  spec: ParameterSpec,
  encoded: EncodedValues,
  received?: ReceivedCopy,
): PulledRows | undefined {
  const isCopied = filterOf(spec.pullFilters, "significantly-modified") !== undefined;
  if (!isCopied && encoded.mask === undefined && encoded.base === 0) {
    return { values: keptValues(encoded), present: undefined };
  }
  const after = applyAnswer(spec, encoded, received?.copies.get(received.name));
  if (after === undefined) {
    received?.copies.forget(received.name);
    return undefined;
  }
  const { values, present } = after;
  if (received !== undefined && isCopied) {
    received.copies.set(received.name, rowCopy(values.slice(), present.slice()));
  }
  return { values, present: present.includes(0) ? present : undefined };
}

function leaveOutMarked(rows: Rows, mark: Values): void {
  const code = filterCode("kkt");
  const leftOutBy = leaveOut(rows);
  assert(mark.length === leftOutBy.length, `${mark.length} marks are one for each key`);
  for (let j = 0; j < mark.length; j++) if (mark[j] !== 0) leftOutBy[j] = code;
}

/** Leaves out rows that did not move from the copy, and says which rows of the copy are no more. */
function encodeOver(rows: Rows, copy: RowCopy, threshold: number): FilteredValues {
  const { width, values } = rows;
  const code = filterCode("significantly-modified");
  const leftOutBy = leaveOut(rows);
  const cleared = new Uint8Array(maskBytes(leftOutBy.length));
  for (let j = 0; j < leftOutBy.length; j++) {
    const isPresent = copy.present[j] !== 0;
    if (leftOutBy[j] !== 0) {
      if (isPresent) setBit(cleared, j);
      continue;
    }
    let hasMoved = !isPresent;
    for (let i = j * width; i < (j + 1) * width; i++) {
      // Written so that a value which is not a number is sent, and seen.
      if (!(Math.abs(values[i] - copy.values[i]) <= threshold)) hasMoved = true;
    }
    if (!hasMoved) leftOutBy[j] = code;
  }
  const packed = packRows(rows, rows.spec.pullFilters);
  const isCleared = cleared.some((byte) => byte !== 0);
  return { ...packed, base: copy.digest, cleared: isCleared ? cleared : undefined };
}
