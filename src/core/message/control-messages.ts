/** The bytes of the messages on the control channel. */
import type { NodeStatistics, SlotStatistics } from "../application.ts";
import { unreachable } from "../assert.ts";
import type { ShareSummary } from "../share.ts";
import type { TaskResult, TaskSpec, TaskWrite } from "../tasks/task.ts";
import type { FieldReader } from "./field-reader.ts";
import type { FieldWriter } from "./field-writer.ts";
import type { Message } from "./message.ts";
import type { ChainMessage } from "./chain-messages.ts";
import type { DataMessage } from "./data-messages.ts";
import {
  readFrontier,
  readNumbers,
  readSlot,
  readSlots,
  readTime,
  readTimes,
  readToken,
  uint32Max,
  writeFrontier,
  writeNumbers,
  writeTimes,
  writeToken,
} from "./shared-fields.ts";

export type ControlMessage = Exclude<Message, DataMessage | ChainMessage>;

export function writeControlMessage(writer: FieldWriter, message: ControlMessage): void {
  switch (message.type) {
    case "issue":
      writer.varint(message.term);
      writer.varint(message.view);
      writeFrontier(writer, message.frontier);
      writer.varint(message.tasks.length);
      for (const task of message.tasks) writeTask(writer, task);
      return;
    case "frontier":
      writer.varint(message.term);
      writer.varint(message.view);
      return writeFrontier(writer, message.frontier);
    case "slot-ready":
      writer.varint(message.slot);
      writer.varint(message.epoch);
      writer.varint(message.floor);
      return writeSummary(writer, message.summary);
    case "finished":
      writer.varint(message.slot);
      writer.varint(message.epoch);
      writer.varint(message.view);
      writer.varint(message.time);
      return writeResult(writer, message.result);
    case "report":
      return writer.varint(message.id);
    case "reported":
      writer.varint(message.id);
      return writeStatistics(writer, message.statistics);
    case "heartbeat":
      writer.varint(message.count);
      writer.flag(message.isLeaving);
      return writer.flag(message.isAsking);
    case "heartbeat-answered":
      writer.varint(message.count);
      writer.varint(message.term);
      return writer.varint(message.view);
    case "filled":
      writer.varint(message.segment);
      writer.varint(message.view);
      return writer.node(message.peer);
    case "save":
      writer.text(message.checkpoint);
      writer.varint(message.first);
      writer.varint(message.view);
      writer.varint(message.parameter);
      return writer.varint(message.segment);
    case "saved":
      writer.text(message.checkpoint);
      writer.varint(message.parameter);
      writer.varint(message.segment);
      writeToken(writer, message.token);
      writer.varint(message.rows);
      writer.varint(message.bytes);
      writer.text(message.sha256);
      return writer.text(message.reason);
    case "acknowledged":
      return;
    default:
      return unreachable(message);
  }
}

export function readControlMessage(reader: FieldReader, type: ControlMessage["type"]): ControlMessage {
  switch (type) {
    case "issue": {
      const term = reader.varint("a term");
      const view = reader.varint("a view");
      const frontier = readFrontier(reader);
      return { type, term, view, tasks: readTasks(reader), frontier };
    }
    case "frontier":
      return {
        type,
        term: reader.varint("a term"),
        view: reader.varint("a view"),
        frontier: readFrontier(reader),
      };
    case "slot-ready": {
      const slot = readSlot(reader);
      const epoch = reader.varint("an epoch");
      return { type, slot, epoch, floor: readTime(reader), summary: readSummary(reader) };
    }
    case "finished": {
      const slot = readSlot(reader);
      const epoch = reader.varint("an epoch");
      const view = reader.varint("a view");
      return { type, slot, epoch, view, time: readTime(reader), result: readResult(reader) };
    }
    case "report":
      return { type, id: reader.varint("an id") };
    case "reported":
      return { type, id: reader.varint("an id"), statistics: readStatistics(reader) };
    case "heartbeat":
      return { type, count: reader.varint("a count"), isLeaving: reader.flag(), isAsking: reader.flag() };
    case "heartbeat-answered": {
      const count = reader.varint("a count");
      return { type, count, term: reader.varint("a term"), view: reader.varint("a view") };
    }
    case "filled": {
      const segment = reader.varint("a segment", uint32Max);
      return { type, segment, view: reader.varint("a view"), peer: reader.node() };
    }
    case "save": {
      const checkpoint = reader.text();
      const first = readTime(reader);
      const view = reader.varint("a view");
      const parameter = reader.varint("a parameter", uint32Max);
      return { type, checkpoint, first, view, parameter, segment: reader.varint("a segment", uint32Max) };
    }
    case "saved": {
      const checkpoint = reader.text();
      const parameter = reader.varint("a parameter", uint32Max);
      const segment = reader.varint("a segment", uint32Max);
      const token = readToken(reader);
      const rows = reader.varint("the number of rows");
      const bytes = reader.varint("the number of bytes");
      const sha256 = reader.text();
      return { type, checkpoint, parameter, segment, token, rows, bytes, sha256, reason: reader.text() };
    }
    case "acknowledged":
      return { type };
    default:
      return unreachable(type);
  }
}

/** The least that a task takes: eight fields of a byte or more. */
const taskBytesMin = 8;
/** A parameter and two keys of nine bytes. */
const writeBytesMin = 19;
const slotStatisticsBytesMin = 17;

function writeTask(writer: FieldWriter, task: TaskSpec): void {
  writer.varint(task.time);
  writer.text(task.name);
  writeNumbers(writer, task.argument);
  writer.ascending(task.slots);
  writer.varint(task.writes.length);
  for (const { parameter, range } of task.writes) {
    writer.varint(parameter);
    writer.range(range);
  }
  writer.varint(task.after.below);
  writeTimes(writer, task.after.tasks);
  writer.text(task.recordHash);
}

function readTask(reader: FieldReader): TaskSpec {
  return {
    time: readTime(reader),
    name: reader.text(),
    argument: readNumbers(reader),
    slots: readSlots(reader),
    writes: readWrites(reader),
    after: { below: readTime(reader), tasks: readTimes(reader) },
    recordHash: reader.text(),
  };
}

function readTasks(reader: FieldReader): readonly TaskSpec[] {
  const tasks: TaskSpec[] = [];
  const count = reader.count("tasks", taskBytesMin);
  for (let i = 0; i < count; i++) tasks.push(readTask(reader));
  return tasks;
}

function readWrites(reader: FieldReader): readonly TaskWrite[] {
  const writes: TaskWrite[] = [];
  const count = reader.count("writes", writeBytesMin);
  for (let i = 0; i < count; i++) {
    writes.push({ parameter: reader.varint("a parameter", uint32Max), range: reader.range() });
  }
  return writes;
}

function writeSummary(writer: FieldWriter, summary: ShareSummary): void {
  writer.varint(summary.rows);
  writer.varint(summary.nonzeros);
  writer.varint(summary.badLines);
  writer.float64(summary.loadMicros);
}

function readSummary(reader: FieldReader): ShareSummary {
  return {
    rows: reader.varint("the number of rows"),
    nonzeros: reader.varint("the number of non-zeros"),
    badLines: reader.varint("the number of bad lines"),
    loadMicros: reader.float64(),
  };
}

function writeResult(writer: FieldWriter, result: TaskResult): void {
  writer.varint(result.numbers.length);
  writer.array(result.numbers);
  writer.varint(result.keys.length);
  writer.array(result.keys);
}

function readResult(reader: FieldReader): TaskResult {
  const numbers = reader.float64s(reader.varint("the number of results", uint32Max));
  const keys = reader.uint32s(reader.varint("the number of key words", uint32Max));
  if (keys.length % 2 !== 0) reader.refuse(`keys come as pairs, not as ${keys.length} words`);
  return { numbers, keys };
}

function writeStatistics(writer: FieldWriter, statistics: NodeStatistics): void {
  writer.text(statistics.node);
  writer.float64(statistics.sentBytes);
  writer.float64(statistics.unfilteredBytes);
  writeNumbers(writer, statistics.savedBytes);
  writer.varint(statistics.sentFrames);
  writer.varint(statistics.resentFrames);
  writer.varint(statistics.slots.length);
  for (const { slot, busyMicros, waitMicros } of statistics.slots) {
    writer.varint(slot);
    writer.float64(busyMicros);
    writer.float64(waitMicros);
  }
  writer.varint(statistics.tasksFinished);
}

function readStatistics(reader: FieldReader): NodeStatistics {
  return {
    node: reader.text(),
    sentBytes: reader.float64(),
    unfilteredBytes: reader.float64(),
    savedBytes: readNumbers(reader),
    sentFrames: reader.varint("the number of frames"),
    resentFrames: reader.varint("the number of frames"),
    slots: readSlotStatistics(reader),
    tasksFinished: reader.varint("the number of tasks"),
  };
}

function readSlotStatistics(reader: FieldReader): readonly SlotStatistics[] {
  const slots: SlotStatistics[] = [];
  const count = reader.count("slots", slotStatisticsBytesMin);
  for (let i = 0; i < count; i++) {
    slots.push({
      slot: reader.varint("a slot", uint32Max),
      busyMicros: reader.float64(),
      waitMicros: reader.float64(),
    });
  }
  return slots;
}
