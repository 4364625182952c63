/** The fields that several messages have: how each is written, and beside it how it is read. */
import { assert } from "../assert.ts";
import type { Slot, TaskTime } from "../ids.ts";
import type { Token } from "../identities.ts";
import type { Frontier } from "../tasks/task.ts";
import type { FieldReader } from "./field-reader.ts";
import type { FieldWriter } from "./field-writer.ts";
import type { KeyListReference, PartId, ReadAfter } from "./message.ts";

export const uint32Max: number = 2 ** 32 - 1;
/** More than a frame can hold, and few enough for 32-bit arithmetic on masks. */
export const keyCountMax: number = 2 ** 31;
const slotMax = 2 ** 20 - 1;

export function readTime(reader: FieldReader): TaskTime {
  return reader.varint("a task time") as TaskTime;
}

export function readSlot(reader: FieldReader): Slot {
  return reader.varint("a slot", slotMax) as Slot;
}

export function readSlots(reader: FieldReader): readonly Slot[] {
  return reader.ascending("slots", slotMax) as Slot[];
}

/** Times in any order. */
export function writeTimes(writer: FieldWriter, times: readonly TaskTime[]): void {
  writer.varint(times.length);
  for (const time of times) writer.varint(time);
}

export function readTimes(reader: FieldReader): readonly TaskTime[] {
  const times: TaskTime[] = [];
  const count = reader.count("times", 1);
  for (let i = 0; i < count; i++) times.push(readTime(reader));
  return times;
}

export function writeNumbers(writer: FieldWriter, numbers: readonly number[]): void {
  writer.varint(numbers.length);
  for (const number of numbers) writer.float64(number);
}

export function readNumbers(reader: FieldReader): readonly number[] {
  const numbers: number[] = [];
  const count = reader.count("numbers", 8);
  for (let i = 0; i < count; i++) numbers.push(reader.float64());
  return numbers;
}

export function writePart(writer: FieldWriter, part: PartId): void {
  writer.varint(part.parameter);
  writer.varint(part.slot);
  writer.varint(part.time);
  writer.varint(part.op);
  writer.varint(part.segment);
}

export function readPart(reader: FieldReader): PartId {
  return {
    parameter: reader.varint("a parameter", uint32Max),
    slot: readSlot(reader),
    time: readTime(reader),
    op: reader.varint("an op", uint32Max),
    segment: reader.varint("a segment", uint32Max),
  };
}

export function writeToken(writer: FieldWriter, token: Token): void {
  writer.varint(token.lineage);
  writer.varint(token.view);
  writer.varint(token.index);
}

export function readToken(reader: FieldReader): Token {
  return {
    lineage: reader.varint("a lineage"),
    view: reader.varint("a view"),
    index: reader.varint("an index"),
  };
}

export function writeFrontier(writer: FieldWriter, frontier: Frontier): void {
  writer.varint(frontier.floor);
  writer.ascending(frontier.above);
}

export function readFrontier(reader: FieldReader): Frontier {
  return {
    floor: readTime(reader),
    above: reader.ascending("times above the frontier", Number.MAX_SAFE_INTEGER) as TaskTime[],
  };
}

export function writeReadAfter(writer: FieldWriter, after: ReadAfter): void {
  writer.varint(after.below);
  writer.varint(after.time);
  writer.flag(after.op !== undefined);
  if (after.op !== undefined) writer.varint(after.op);
  writer.flag(after.isExact);
  writeToken(writer, after.token);
}

export function readReadAfter(reader: FieldReader): ReadAfter {
  return {
    below: readTime(reader),
    time: readTime(reader),
    op: reader.flag() ? reader.varint("an op", uint32Max) : undefined,
    isExact: reader.flag(),
    token: readToken(reader),
  };
}

export function writeKeyList(writer: FieldWriter, keys: KeyListReference): void {
  writer.hash(keys.hash);
  writer.varint(keys.count);
  writer.flag(keys.pairs !== undefined);
  if (keys.pairs === undefined) return;
  assert(keys.pairs.length === 2 * keys.count, () => `a list of ${keys.count} keys has as many pairs`);
  writer.array(keys.pairs);
}

export function readKeyList(reader: FieldReader): KeyListReference {
  const hash = reader.hash();
  const count = reader.varint("the number of keys", keyCountMax);
  return { hash, count, pairs: reader.flag() ? readKeys(reader, count) : undefined };
}

/** The (low, high) pairs of strictly ascending keys. */
export function readKeys(reader: FieldReader, count: number): Uint32Array {
  const pairs = reader.uint32s(2 * count);
  const at = firstDescent(pairs);
  if (at >= 0) reader.refuse(`key ${at} is not above the one before it`);
  return pairs;
}

function firstDescent(pairs: Uint32Array): number {
  for (let i = 2; i < pairs.length; i += 2) {
    const high = pairs[i + 1];
    const highBefore = pairs[i - 1];
    if (high < highBefore || (high === highBefore && pairs[i] <= pairs[i - 2])) return i / 2;
  }
  return -1;
}
