/** What programs and schedules yield, as calls that return the reply: `const { values } = yield* pull(...)`. */
import {
  assert,
  type KeyList,
  type KeyRange,
  type NodeStatistics,
  type Progress,
  type ProgramReply,
  type ProgramRequest,
  type ScheduleReply,
  type ScheduleRequest,
  type TaskResult,
  type TaskTime,
  type TaskWrite,
  type Values,
} from "../core/index.ts";

export type Asking<T> = Generator<ProgramRequest, T, ProgramReply>;
type Scheduling<T> = Generator<ScheduleRequest, T, ScheduleReply>;
type SingleRequest = Exclude<ProgramRequest, { readonly type: "all" }>;
type Reply<Type extends string, Union> = Extract<Union, { readonly type: Type }>;

function expected<Type extends string, Union extends { readonly type: string }>(
  type: Type,
  reply: Union,
): Reply<Type, Union> {
  assert(reply.type === type, `a request is answered by "${type}", not "${reply.type}"`);
  return reply as Reply<Type, Union>;
}

/** The pulled columns of these keys: as the task began, or after the push with that op of the same task. */
export function* pull(
  parameter: number,
  keys: KeyList,
  afterOp?: number,
): Asking<Reply<"pulled", ProgramReply>> {
  return expected("pulled", yield { type: "pull", parameter, keys, afterOp });
}

/** Every key of the range that is not at its initial state. */
export function* pullRange(parameter: number, range: KeyRange): Asking<Reply<"pulled-range", ProgramReply>> {
  return expected("pulled-range", yield { type: "pull-range", parameter, range, afterOp: undefined });
}

/** Returns the op of the push once it is finished. */
export function* push(parameter: number, keys: KeyList, values: Values, active?: Uint8Array): Asking<number> {
  return expected("pushed", yield { type: "push", parameter, keys, values, active }).op;
}

/** Several requests asked at once: one way to the servers and back. */
export function* all(requests: readonly SingleRequest[]): Asking<readonly ProgramReply[]> {
  return expected("all", yield { type: "all", requests }).replies;
}

/** Runs a function that changes nothing on every segment of the range; one result per segment, in key order. */
export function* ask(parameter: number, range: KeyRange, name: string): Asking<readonly Float64Array[]> {
  const argument = new Float64Array(0);
  const request = { type: "call", parameter, range, function: name, argument, isWrite: false } as const;
  return expected("called", yield request).results;
}

/** What a program returns that has nothing to say. */
export const nothing: TaskResult = { numbers: new Float64Array(0), keys: new Uint32Array(0) };

export type NewTask = Omit<Reply<"issue", ScheduleRequest>, "type">;

export function* issue(task: NewTask): Scheduling<TaskTime> {
  return expected("issued", yield { type: "issue", ...task }).time;
}

/** The results of a task, in slot order, once it has finished at all its slots. */
export function* wait(time: TaskTime): Scheduling<readonly TaskResult[]> {
  return expected("results", yield { type: "wait", time }).results;
}

/** Issues a task that runs after every one before it, and waits for its results. */
export function* issueAndWait(
  name: string,
  writes: readonly TaskWrite[] = [],
): Scheduling<readonly TaskResult[]> {
  return yield* wait(yield* issue({ name, argument: [], writes, after: "all" }));
}

export function* record(fields: Readonly<Record<string, number | string | boolean>>): Scheduling<void> {
  expected("recorded", yield { type: "record", record: fields });
}

export function* statistics(): Scheduling<readonly NodeStatistics[]> {
  return expected("statistics", yield { type: "statistics" }).nodes;
}

/** Reports progress with the bytes that all nodes have sent so far. */
export function* report(progress: Omit<Progress, "sentBytes" | "elapsedMicros">): Scheduling<void> {
  let sentBytes = 0;
  for (const node of yield* statistics()) sentBytes += node.sentBytes;
  expected("recorded", yield { type: "progress", progress: { ...progress, sentBytes } });
}
