/**
 * One parameter in one segment as a file: a line of JSON that says what follows, then the keys, each column, and the
 * scalars, little-endian. It holds nothing of when it was made, so that a segment that did not change has the same bytes.
 */
import { isAscending, keyAt } from "../keys/key-list.ts";
import { contains, type KeyRange } from "../keys/key-range.ts";
import type { Element, ParameterSpec, Values } from "../parameter.ts";
import { isCount, parseObjectText } from "../registry/json.ts";
import { rowsOf } from "../store/row-keys.ts";
import type { SegmentStore } from "../store/segment-store.ts";

export const partSchema = "tauring.part/1";
/** The first line is never longer. */
const lineBytesMax = 1024 * 1024;
const newline = 10;

export interface Part {
  readonly parameter: string;
  readonly range: KeyRange;
  /** (low, high) words of each key that has a row. */
  readonly pairs: Uint32Array;
  readonly columns: readonly Values[];
  readonly scalars: Float64Array;
}

export function encodePart(store: SegmentStore): Uint8Array {
  const { spec, range, rows } = store;
  const head = {
    schema: partSchema,
    parameter: spec.name,
    begin: String(range.begin),
    end: String(range.end),
    element: spec.element,
    columns: spec.columns.map(({ name }) => name),
    scalars: store.scalars.length,
    rows,
  };
  const line = asciiJson(head);
  const positions = rowsOf({ begin: 0, end: rows });
  const arrays = [store.keysOf(0, rows), ...store.read(positions), store.scalars];
  const size = arrays.reduce((sum, array) => sum + array.byteLength, line.length + 1);
  const bytes = new Uint8Array(size);
  for (let i = 0; i < line.length; i++) bytes[i] = line.charCodeAt(i);
  bytes[line.length] = newline;
  let at = line.length + 1;
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  }
  return bytes;
}

/** A string says why these bytes are no part of the parameter; no bytes throw, or cost more than their size. */
export function decodePart(bytes: Uint8Array, spec: ParameterSpec): Part | string {
  const lineEnd = bytes.subarray(0, lineBytesMax).indexOf(newline);
  if (lineEnd < 0) return "it does not begin with a line that says what it is";
  const head = parseObjectText(textOf(bytes.subarray(0, lineEnd)), "its first line");
  if (typeof head === "string") return head;
  const { schema, parameter, element, columns, scalars, rows } = head;
  if (schema !== partSchema) return `its schema is ${JSON.stringify(schema)}, and ${partSchema} is read here`;
  const names = spec.columns.map(({ name }) => name);
  const wanted = `${spec.name} (${spec.element}: ${names.join(", ")}; ${spec.scalars.length} scalars)`;
  const isWanted =
    parameter === spec.name &&
    element === spec.element &&
    JSON.stringify(columns) === JSON.stringify(names) &&
    scalars === spec.scalars.length;
  if (!isWanted) return `it is of another parameter than ${wanted}`;
  const begin = keyOf(head.begin);
  const end = keyOf(head.end);
  if (begin === undefined || end === undefined || begin > end) return "its range is two keys in order";
  if (!isCount(rows)) return "its rows are a count";
  const reader = new ArrayReader(bytes, lineEnd + 1);
  const width = spec.element === "float64" ? 8 : 4;
  if (reader.left !== rows * (8 + names.length * width) + spec.scalars.length * 8) {
    return `${reader.left} bytes follow its first line, which are not ${rows} rows`;
  }
  const pairs = new Uint32Array(reader.take(8 * rows));
  const values = names.map(() => valuesIn(reader.take(width * rows), spec.element));
  const range = { begin, end };
  if (!isAscending(pairs)) return "its keys do not ascend";
  const isInside =
    rows === 0 || (contains(range, keyAt(pairs, 0)) && contains(range, keyAt(pairs, rows - 1)));
  if (!isInside) return "it has keys outside its range";
  const scalarValues = new Float64Array(reader.take(8 * spec.scalars.length));
  return { parameter: spec.name, range, pairs, columns: values, scalars: scalarValues };
}

/** Copies: an array begins where it may. */
class ArrayReader {
  private readonly bytes: Uint8Array;
  private at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  take(size: number): ArrayBuffer {
    const taken = new Uint8Array(size);
    taken.set(this.bytes.subarray(this.at, this.at + size));
    this.at += size;
    return taken.buffer;
  }
}

function valuesIn(buffer: ArrayBuffer, element: Element): Values {
  return element === "float64" ? new Float64Array(buffer) : new Float32Array(buffer);
}

/** A key, or 2^64, as decimal text. */
export function keyOf(json: unknown): bigint | undefined {
  if (typeof json !== "string" || !/^[0-9]{1,20}$/.test(json)) return undefined;
  const key = BigInt(json);
  return key <= 1n << 64n ? key : undefined;
}

function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function textOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
