/** The bytes of the messages between workers and servers. */
import { assert, unreachable } from "../assert.ts";
import type { FieldReader } from "./field-reader.ts";
import type { FieldWriter } from "./field-writer.ts";
import type { Message, RefusalReason } from "./message.ts";
import {
  readKeyList,
  readKeys,
  readNumbers,
  readPart,
  readReadAfter,
  readSlots,
  readTime,
  readToken,
  uint32Max,
  writeKeyList,
  writeNumbers,
  writePart,
  writeReadAfter,
  writeToken,
} from "./shared-fields.ts";
import { readValues, writeValues } from "./values-fields.ts";

type DataType = "push" | "pushed" | "pull" | "pulled" | "call" | "called" | "refused";
export type DataMessage = Extract<Message, { readonly type: DataType }>;
type DataMessageOf<Type extends DataType> = Extract<Message, { readonly type: Type }>;

const requests = ["push", "pull", "call"] as const;
/** In the order of their numbers on the wire. */
const refusalReasons: readonly RefusalReason[] = [
  "unknown-keys",
  "not-master",
  "full",
  "closed",
  "conflict",
  "invalid",
  "replaced",
];

export function writeDataMessage(writer: FieldWriter, message: DataMessage): void {
  writePart(writer, message.part);
  switch (message.type) {
    case "push":
      return writePush(writer, message);
    case "pushed":
      return writeToken(writer, message.token);
    case "pull":
      return writePull(writer, message);
    case "pulled":
      return writePulled(writer, message);
    case "call":
      return writeCall(writer, message);
    case "called":
      writeToken(writer, message.token);
      writer.varint(message.result.length);
      return writer.array(message.result);
    case "refused":
      return writeRefused(writer, message);
    default:
      return unreachable(message);
  }
}

export function readDataMessage(reader: FieldReader, type: DataType): DataMessage {
  switch (type) {
    case "push":
      return readPush(reader);
    case "pushed":
      return { type, part: readPart(reader), token: readToken(reader) };
    case "pull":
      return readPull(reader);
    case "pulled":
      return readPulled(reader);
    case "call":
      return readCall(reader);
    case "called": {
      const part = readPart(reader);
      const token = readToken(reader);
      return {
        type,
        part,
        token,
        result: reader.float64s(reader.varint("the number of results", uint32Max)),
      };
    }
    case "refused":
      return readRefused(reader);
    default:
      return unreachable(type);
  }
}

function writePush(writer: FieldWriter, push: DataMessageOf<"push">): void {
  writer.varint(push.view);
  writer.varint(push.epoch);
  writer.ascending(push.slots);
  writeNumbers(writer, push.argument);
  writer.text(push.recordHash);
  writer.varint(push.floor);
  assert(push.keys.count === push.values.count, "a push has one row of values a key");
  writeKeyList(writer, push.keys);
  writeValues(writer, push.values);
}

export function readPush(reader: FieldReader): DataMessageOf<"push"> {
  const push: DataMessageOf<"push"> = {
    type: "push",
    part: readPart(reader),
    view: reader.varint("a view"),
    epoch: reader.varint("an epoch"),
    slots: readSlots(reader),
    argument: readNumbers(reader),
    recordHash: reader.text(),
    floor: readTime(reader),
    keys: readKeyList(reader),
    values: readValues(reader),
  };
  if (push.keys.count !== push.values.count) {
    reader.refuse(`a push has ${push.keys.count} keys, and values of ${push.values.count}`);
  }
  return push;
}

function writePull(writer: FieldWriter, pull: DataMessageOf<"pull">): void {
  assert((pull.keys === undefined) !== (pull.range === undefined), "a pull names keys or a range, not both");
  writer.varint(pull.view);
  writeReadAfter(writer, pull.after);
  writer.varint(pull.floor);
  writer.flag(pull.keys !== undefined);
  if (pull.keys !== undefined) writeKeyList(writer, pull.keys);
  if (pull.range !== undefined) writer.range(pull.range);
  writer.varint(pull.base);
}

function readPull(reader: FieldReader): DataMessageOf<"pull"> {
  const part = readPart(reader);
  const view = reader.varint("a view");
  const after = readReadAfter(reader);
  const floor = readTime(reader);
  const hasKeys = reader.flag();
  return {
    type: "pull",
    part,
    view,
    after,
    floor,
    keys: hasKeys ? readKeyList(reader) : undefined,
    range: hasKeys ? undefined : reader.range(),
    base: reader.varint("a base"),
  };
}

function writePulled(writer: FieldWriter, pulled: DataMessageOf<"pulled">): void {
  const { keys, values } = pulled;
  assert(keys === undefined || keys.length === 2 * values.count, "an answer has one row of values a key");
  writeToken(writer, pulled.token);
  writer.flag(keys !== undefined);
  writeValues(writer, values);
  if (keys !== undefined) writer.array(keys);
}

function readPulled(reader: FieldReader): DataMessageOf<"pulled"> {
  const part = readPart(reader);
  const token = readToken(reader);
  const hasKeys = reader.flag();
  const values = readValues(reader);
  return { type: "pulled", part, token, keys: hasKeys ? readKeys(reader, values.count) : undefined, values };
}

function writeCall(writer: FieldWriter, call: DataMessageOf<"call">): void {
  writer.varint(call.view);
  writer.varint(call.epoch);
  writer.ascending(call.slots);
  writer.text(call.recordHash);
  writer.varint(call.floor);
  writer.text(call.function);
  writer.range(call.range);
  writer.varint(call.argument.length);
  writer.array(call.argument);
  writer.flag(call.isWrite);
  writeReadAfter(writer, call.after);
}

function readCall(reader: FieldReader): DataMessageOf<"call"> {
  return {
    type: "call",
    part: readPart(reader),
    view: reader.varint("a view"),
    epoch: reader.varint("an epoch"),
    slots: readSlots(reader),
    recordHash: reader.text(),
    floor: readTime(reader),
    function: reader.text(),
    range: reader.range(),
    argument: reader.float64s(reader.varint("the number of arguments", uint32Max)),
    isWrite: reader.flag(),
    after: readReadAfter(reader),
  };
}

function writeRefused(writer: FieldWriter, refused: DataMessageOf<"refused">): void {
  writer.byte(requests.indexOf(refused.request));
  writer.byte(refusalReasons.indexOf(refused.reason));
  writer.text(refused.detail);
  writer.varint(refused.view);
  writer.varint(refused.epoch);
}

function readRefused(reader: FieldReader): DataMessageOf<"refused"> {
  const part = readPart(reader);
  const request = requests[reader.byte()];
  const reason = refusalReasons[reader.byte()];
  if (request === undefined || reason === undefined)
    reader.refuse("a refusal has an unknown request or reason");
  const detail = reader.text();
  const view = reader.varint("a view");
  return { type: "refused", part, request, reason, detail, view, epoch: reader.varint("an epoch") };
}
