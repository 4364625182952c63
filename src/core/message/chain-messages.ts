/** The bytes of the messages that servers of a chain exchange. */
import { assert, unreachable } from "../assert.ts";
import type { Slot } from "../ids.ts";
import type { Element, Values } from "../parameter.ts";
import { readPush, writeDataMessage } from "./data-messages.ts";
import type { FieldReader } from "./field-reader.ts";
import type { FieldWriter } from "./field-writer.ts";
import type { LogEntry, Message, RowValues, SegmentRest } from "./message.ts";
import {
  readKeyList,
  readSlots,
  readTime,
  readToken,
  uint32Max,
  writeKeyList,
  writeToken,
} from "./shared-fields.ts";

type ChainType = "entry" | "stored" | "position" | "snapshot" | "part";
export type ChainMessage = Extract<Message, { readonly type: ChainType }>;

export function writeChainMessage(writer: FieldWriter, message: ChainMessage): void {
  writer.varint(message.parameter);
  writer.varint(message.segment);
  writer.varint(message.view);
  switch (message.type) {
    case "entry":
      writer.varint(message.committed);
      writer.varint(message.floor);
      return writeEntry(writer, message.entry);
    case "stored":
      writeToken(writer, message.token);
      return writer.varint(message.digest);
    case "position":
      writeToken(writer, message.token);
      writer.varint(message.digest);
      writer.flag(message.isFull);
      writer.flag(message.isGap);
      return writer.range(message.filled);
    case "snapshot":
      writeToken(writer, message.token);
      writer.range(message.filled);
      writeRows(writer, message.rows);
      writer.flag(message.rest !== undefined);
      return message.rest === undefined ? undefined : writeRest(writer, message.rest);
    case "part":
      return writeDataMessage(writer, message.push);
    default:
      return unreachable(message);
  }
}

export function readChainMessage(reader: FieldReader, type: ChainType): ChainMessage {
  const parameter = reader.varint("a parameter", uint32Max);
  const segment = reader.varint("a segment", uint32Max);
  const view = reader.varint("a view");
  switch (type) {
    case "entry": {
      const committed = reader.varint("an index");
      const floor = readTime(reader);
      return { type, parameter, segment, view, committed, floor, entry: readEntry(reader) };
    }
    case "stored": {
      const token = readToken(reader);
      return { type, parameter, segment, view, token, digest: reader.varint("a digest", uint32Max) };
    }
    case "position": {
      const token = readToken(reader);
      const digest = reader.varint("a digest", uint32Max);
      const isFull = reader.flag();
      const isGap = reader.flag();
      return { type, parameter, segment, view, token, digest, isFull, isGap, filled: reader.range() };
    }
    case "snapshot": {
      const token = readToken(reader);
      const filled = reader.range();
      const rows = readRows(reader);
      const rest = reader.flag() ? readRest(reader) : undefined;
      return { type, parameter, segment, view, token, filled, rows, rest };
    }
    case "part":
      return { type, parameter, segment, view, push: readPush(reader) };
    default:
      return unreachable(type);
  }
}

function writeEntry(writer: FieldWriter, entry: LogEntry): void {
  writeToken(writer, entry.token);
  writer.varint(entry.digest);
  writer.varint(entry.time);
  writer.varint(entry.op);
  writer.ascending(entry.slots);
  writer.flag(entry.isClosing);
  writeRows(writer, entry.rows);
  writer.varint(entry.scalars.length);
  writer.array(entry.scalars);
  writer.varint(entry.answers.length);
  for (const answer of entry.answers) {
    writer.varint(answer.length);
    writer.array(answer);
  }
}

function readEntry(reader: FieldReader): LogEntry {
  const token = readToken(reader);
  const digest = reader.varint("a digest", uint32Max);
  const time = readTime(reader);
  const op = reader.varint("an op", uint32Max);
  const slots: readonly Slot[] = readSlots(reader);
  const isClosing = reader.flag();
  const rows = readRows(reader);
  const scalars = reader.float64s(reader.varint("the number of scalars", uint32Max));
  const answers: Float64Array[] = [];
  const count = reader.count("answers", 1);
  for (let i = 0; i < count; i++) {
    answers.push(reader.float64s(reader.varint("the number of results", uint32Max)));
  }
  return { token, digest, time, op, slots, isClosing, rows, scalars, answers };
}

function writeRows(writer: FieldWriter, { keys, columns }: RowValues): void {
  writeKeyList(writer, keys);
  writer.flag(columns.length > 0 && columns[0] instanceof Float64Array);
  writer.varint(columns.length);
  for (const column of columns) {
    assert(column.length === keys.count, "a column has one value a key");
    writer.array(column);
  }
}

function readRows(reader: FieldReader): RowValues {
  const keys = readKeyList(reader);
  const { count } = keys;
  const element: Element = reader.flag() ? "float64" : "float32";
  const columns: Values[] = [];
  const columnCount = reader.varint("the number of columns", columnsMax);
  if (columnCount === 0 && element === "float64") reader.refuse("no column has float64 values");
  for (let c = 0; c < columnCount && reader.failure === undefined; c++) {
    columns.push(element === "float64" ? reader.float64s(count) : reader.float32s(count));
  }
  return { keys, columns };
}

/** More than any parameter declares. */
const columnsMax = 4096;

const arrayTypes = [Uint32Array, Float32Array, Float64Array] as const;

function writeRest(writer: FieldWriter, rest: SegmentRest): void {
  writeToken(writer, rest.token);
  writer.varint(rest.digest);
  writer.varint(rest.committed);
  writer.varint(rest.floor);
  writer.text(rest.text);
  writer.varint(rest.arrays.length);
  for (const array of rest.arrays) {
    writer.byte(arrayTypes.findIndex((type) => array instanceof type));
    writer.varint(array.length);
    writer.array(array);
  }
}

function readRest(reader: FieldReader): SegmentRest {
  const token = readToken(reader);
  const digest = reader.varint("a digest", uint32Max);
  const committed = reader.varint("an index");
  const floor = readTime(reader);
  const text = reader.text();
  const arrays: (Uint32Array | Values)[] = [];
  const count = reader.count("arrays", 2);
  for (let i = 0; i < count; i++) {
    const type = reader.byte();
    const length = reader.varint("the length of an array", uint32Max);
    if (type === 0) arrays.push(reader.uint32s(length));
    else if (type === 1) arrays.push(reader.float32s(length));
    else if (type === 2) arrays.push(reader.float64s(length));
    else reader.refuse(`an array has unknown type ${type}`);
  }
  return { token, digest, committed, floor, text, arrays };
}
