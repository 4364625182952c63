/**
 * Significantly modified pulls: both ends keep a copy of the rows that a slot last got of a key list, and an answer
 * brings only the rows that moved since (OSDI'14 section 3.6). An answer names the copy it builds on by digest, so a
 * lost, repeated or reordered answer is noticed: then the pull is made again without a base.
 */
import type { ParameterSpec, Values } from "../parameter.ts";
import { ByteCache } from "../store/byte-cache.ts";
import { digest53, digestBytes, wordsOf } from "../store/digest.ts";
import { newValues } from "../store/kernels.ts";
import type { EncodedValues } from "./encoded-values.ts";
import { hasBit } from "./row-mask.ts";
import { decodeValues } from "./rows.ts";

/** Rows as a receiver has them after an answer. */
export interface RowCopy {
  readonly values: Values;
  /** 0: the KKT filter left the row out, and it reads as initial. */
  readonly present: Uint8Array;
  readonly digest: number;
}

/** Copies by name (slot and key list), bounded in bytes: one that is gone only costs a whole answer. */
export class RowCopies {
  readonly #copies: ByteCache<RowCopy>;

  constructor(bytesMax: number) {
    this.#copies = new ByteCache(bytesMax, (copy) => copy.values.byteLength + copy.present.byteLength);
  }

  get(name: string): RowCopy | undefined {
    return this.#copies.get(name);
  }

  /** What a pull of these rows names as its base; 0: none. */
  base(name: string): number {
    return this.#copies.get(name)?.digest ?? 0;
  }

  set(name: string, copy: RowCopy): void {
    this.#copies.set(name, copy);
  }

  forget(name: string): void {
    this.#copies.delete(name);
  }
}

/** The rows after an answer to somebody who has `copy`. Undefined: the answer builds on another copy. */
export function applyAnswer(
  spec: ParameterSpec,
  encoded: EncodedValues,
  copy: RowCopy | undefined,
): Omit<RowCopy, "digest"> | undefined {
  const { count, width, mask, cleared } = encoded;
  const initial = spec.pulled.map((column) => spec.columns[column].initial);
  const values = newValues(spec.element, count * width);
  const present = new Uint8Array(count);
  if (encoded.base !== 0) {
    if (copy?.digest !== encoded.base || copy.values.length !== values.length) return undefined;
    values.set(copy.values);
    present.set(copy.present);
    decodeOver(encoded, values, present);
    if (cleared === undefined) return { values, present };
    for (let j = 0; j < count; j++) {
      if (!hasBit(cleared, j)) continue;
      present[j] = 0;
      for (let c = 0; c < width; c++) values[j * width + c] = initial[c];
    }
    return { values, present };
  }
  if (mask !== undefined && initial.some((value) => value !== 0)) fillInitial(values, initial);
  decodeValues(encoded, values, present);
  return { values, present };
}

export function rowCopy(values: Values, present: Uint8Array): RowCopy {
  const digest = digest53(wordsOf(values, values.length), digestBytes(present, 0));
  return { values, present, digest: digest === 0 ? 1 : digest };
}

function decodeOver(encoded: EncodedValues, values: Values, present: Uint8Array): void {
  const travelled = new Uint8Array(present.length);
  decodeValues(encoded, values, travelled);
  for (let j = 0; j < present.length; j++) present[j] |= travelled[j];
}

function fillInitial(values: Values, initial: readonly number[]): void {
  for (let i = 0, c = 0; i < values.length; i++) {
    values[i] = initial[c];
    c = c + 1 === initial.length ? 0 : c + 1;
  }
}
