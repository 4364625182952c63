/** A pull by segment: keys that a server knows travel as their hash, and rows come back together in key order. */
import { checkEncoded } from "../filters/check-encoded.ts";
import { filterOf } from "../filters/pack-rows.ts";
import { decodePull, type PulledRows } from "../filters/pull-filters.ts";
import { requestSavings } from "../filters/savings.ts";
import { isAscending, keyCount } from "../keys/key-list.ts";
import { intersect, type KeyRange } from "../keys/key-range.ts";
import type { Message } from "../message/message.ts";
import type { ParameterSpec, Values } from "../parameter.ts";
import { newValues } from "../store/kernels.ts";
import type { ProgramReply, ProgramRequest } from "./program.ts";
import { provenanceOf } from "./provenance.ts";
import { checkAfterOp, isExactRead, type Reading, readAfter } from "./reads.ts";
import {
  type Acceptance,
  accepted,
  type Answer,
  incarnationOf,
  type RequestContext,
  type SplitRequest,
  trafficOf,
} from "./request.ts";
import { takePullOp, type TaskRun } from "./task-run.ts";
import { checkKeys, keyOutside, parameterOf } from "./writes.ts";

type Pulled = Extract<Message, { readonly type: "pulled" }>;

/** Throws an Error that names a mistake of the program. */
export function splitPull(
  context: RequestContext,
  run: TaskRun,
  request: Extract<ProgramRequest, { readonly type: "pull" }>,
): SplitRequest {
  const { shell, specs, view, known, frontier, splits, copies } = context;
  const { parameter, keys, afterOp } = request;
  const spec = parameterOf(specs, parameter);
  checkKeys(spec, keys);
  checkAfterOp(run, parameter, afterOp);
  const op = observePull(context, run, { parameter, afterOp });
  const pieces = splits.pieces(parameter, spec, keys);
  const answers: (PulledRows | undefined)[] = pieces.map(() => undefined);
  const isCopied = filterOf(spec.pullFilters, "significantly-modified") !== undefined;
  const copyName = (part: number): string => `${run.slot}/${parameter}/${pieces[part].keys.hash}`;
  return {
    kind: "pull",
    run,
    parameter,
    spec,
    op,
    segments: pieces.map(({ index }) => index),
    keysOf: (part) => pieces[part].keys,
    compose: (part, to, now) => {
      const { index, keys: own } = pieces[part];
      const isCaching = filterOf(spec.pullFilters, "key-caching") !== undefined;
      const named = known.reference(to, incarnationOf(shell, to), own, isCaching);
      const message: Message = {
        type: "pull",
        part: { parameter, slot: run.slot, time: run.task.time, op, segment: view.segments[index].begin },
        view: now.number,
        after: readAfter(context, run, { parameter, index, afterOp }),
        floor: frontier.floor,
        keys: named,
        range: undefined,
        base: isCopied ? copies.base(copyName(part)) : 0,
      };
      return { message, traffic: trafficOf(spec.pullFilters, requestSavings(named)) };
    },
    accept: (part, answer) => {
      const { keys: own } = pieces[part];
      const pulled = checked(spec, answer, keyCount(own));
      if (typeof pulled === "string") return { type: "invalid", reason: pulled };
      const copy = isCopied ? { copies, name: copyName(part) } : undefined;
      const rows = decodePull(spec, pulled.values, copy);
      if (rows === undefined) return { type: "again" };
      answers[part] = rows;
      observePart(context, pulled, own.pairs, rows.values);
      return accepted;
    },
    finish: () => {
      shell.observe({ type: "pull-finished", parameter, slot: run.slot, time: run.task.time, op });
      return together(spec, keyCount(keys), pieces, answers as readonly PulledRows[]);
    },
    abandon: () => {},
  };
}

/** Throws an Error that names a mistake of the program. */
export function splitRangePull(
  context: RequestContext,
  run: TaskRun,
  request: Extract<ProgramRequest, { readonly type: "pull-range" }>,
): SplitRequest {
  const { shell, specs, view, ranges: held, frontier } = context;
  const { parameter, range, afterOp } = request;
  const spec = parameterOf(specs, parameter);
  checkAfterOp(run, parameter, afterOp);
  const op = observePull(context, run, { parameter, afterOp });
  const indices = held.meeting(parameter, [range]);
  const ranges = indices.map((index) => intersect(held.at(parameter, index), range) as KeyRange);
  const answers: { readonly keys: Uint32Array; readonly values: Values }[] = [];
  return {
    kind: "pull",
    run,
    parameter,
    spec,
    op,
    segments: indices,
    keysOf: () => undefined,
    compose: (part, _to, now) => {
      const index = indices[part];
      const message: Message = {
        type: "pull",
        part: { parameter, slot: run.slot, time: run.task.time, op, segment: view.segments[index].begin },
        view: now.number,
        after: readAfter(context, run, { parameter, index, afterOp }),
        floor: frontier.floor,
        keys: undefined,
        range: ranges[part],
        base: 0,
      };
      return { message, traffic: undefined };
    },
    accept: (part, answer) => {
      const keys = answer.type === "pulled" ? answer.keys : undefined;
      if (keys === undefined || !isAscending(keys)) return invalid("keys that are not strictly ascending");
      const outside = keyOutside({ pairs: keys, hash: "" }, [ranges[part]]);
      if (outside !== undefined) return invalid(`key ${outside}, which is outside what was asked`);
      const pulled = checked(spec, answer, keys.length / 2);
      if (typeof pulled === "string") return invalid(pulled);
      const rows = decodePull(spec, pulled.values);
      if (rows === undefined) return invalid("values that build on others");
      answers[part] = { keys, values: rows.values };
      observePart(context, pulled, keys, rows.values);
      return accepted;
    },
    finish: () => {
      shell.observe({ type: "pull-finished", parameter, slot: run.slot, time: run.task.time, op });
      return concatenated(spec, answers);
    },
    abandon: () => {},
  };
}

function invalid(reason: string): Acceptance {
  return { type: "invalid", reason };
}

function observePull(
  { shell, job }: RequestContext,
  run: TaskRun,
  { parameter, afterOp }: Pick<Reading, "parameter" | "afterOp">,
): number {
  const op = takePullOp(run);
  const { slot, task } = run;
  const asOf = isExactRead(job, task) ? (afterOp ?? -1) : null;
  shell.observe({ type: "pull-invoked", parameter, slot, time: task.time, op, asOf });
  return op;
}

function observePart(
  { shell, specs }: RequestContext,
  pulled: Pulled,
  pairs: Uint32Array,
  values: Values,
): void {
  const { token } = pulled;
  const { parameter, segment, slot, time, op } = pulled.part;
  const provenance = specs[parameter].isProvenance ? provenanceOf(pairs, values) : undefined;
  shell.observe({ type: "part-pulled", parameter, segment, slot, time, op, token, provenance });
}

function checked(spec: ParameterSpec, answer: Answer, count: number): Pulled | string {
  if (answer.type !== "pulled") return `an answer to a ${answer.type === "pushed" ? "push" : "call"}`;
  const expected = { element: spec.element, width: spec.pulled.length, count };
  return checkEncoded(answer.values, expected) ?? answer;
}

interface Placed {
  readonly from: number;
  readonly to: number;
}

/** Every part's rows at their keys' places. */
function together(
  spec: ParameterSpec,
  count: number,
  places: readonly Placed[],
  answers: readonly PulledRows[],
): ProgramReply {
  if (answers.length === 1) {
    const [{ values, present }] = answers;
    return { type: "pulled", values, present };
  }
  const width = spec.pulled.length;
  const values = newValues(spec.element, count * width);
  const isWhole = answers.every(({ present }) => present === undefined);
  const present = isWhole ? undefined : new Uint8Array(count).fill(1);
  answers.forEach((rows, part) => {
    values.set(rows.values, places[part].from * width);
    if (rows.present !== undefined) present?.set(rows.present, places[part].from);
  });
  return { type: "pulled", values, present };
}

function concatenated(
  spec: ParameterSpec,
  answers: readonly { readonly keys: Uint32Array; readonly values: Values }[],
): ProgramReply {
  const wordCount = answers.reduce((sum, { keys }) => sum + keys.length, 0);
  const keys = new Uint32Array(wordCount);
  const values = newValues(spec.element, (wordCount / 2) * spec.pulled.length);
  let at = 0;
  for (const part of answers) {
    keys.set(part.keys, at);
    values.set(part.values, (at / 2) * spec.pulled.length);
    at += part.keys.length;
  }
  return { type: "pulled-range", keys, values };
}
