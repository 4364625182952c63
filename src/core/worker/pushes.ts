/**
 * A push by segment (docs/protocol.md 4): its lossy filters run once, before it is split, so that each repeat is the
 * same bits; and every segment that its task writes gets a part, empty where it has no key, so that its clock moves, unless
 * the parameter says that those with keys are enough.
 */
import { filterOf } from "../filters/pack-rows.ts";
import { encodePush } from "../filters/push-filters.ts";
import { pushSavings } from "../filters/savings.ts";
import { sliceEncoded } from "../filters/slice-encoded.ts";
import { emptyKeys, keyCount, type KeyList } from "../keys/key-list.ts";
import type { JobSpec } from "../job.ts";
import type { KeyRange } from "../keys/key-range.ts";
import type { Message } from "../message/message.ts";
import type { PushIdentity } from "../identities.ts";
import type { ParameterSpec } from "../parameter.ts";
import type { KeyPiece } from "./key-splits.ts";
import type { ProgramRequest } from "./program.ts";
import { provenanceOf } from "./provenance.ts";
import { accepted, incarnationOf, type RequestContext, type SplitRequest } from "./request.ts";
import type { TaskRun } from "./task-run.ts";
import { checkKeys, keyOutside, parameterOf, writesTo } from "./writes.ts";

type PushRequest = Extract<ProgramRequest, { readonly type: "push" }>;

/** Throws an Error that names a mistake of the program. */
export function splitPush(context: RequestContext, run: TaskRun, request: PushRequest): SplitRequest {
  const { shell, job, specs, view, ranges, known, frontier } = context;
  const { parameter, keys, values, active } = request;
  const { task, slot } = run;
  const spec = parameterOf(specs, parameter);
  const written = writesTo(task, parameter);
  checkRows(spec, request, written);
  const op = run.writesOf.length;
  const identity: PushIdentity = { parameter, slot, time: task.time, op };
  const cut = context.splits.pieces(parameter, spec, keys);
  const isKeyed = sendsKeyedParts(spec, job);
  const indices = isKeyed ? cut.map(({ index }) => index) : ranges.meeting(parameter, written);
  // Where no part goes nothing of this op is to be waited for.
  const reached = isKeyed ? indices.map((index) => ranges.at(parameter, index)) : written;
  run.writesOf.push({ parameter, ranges: reached });
  const segments = indices.map((index) => view.segments[index].begin);
  // Before it is encoded: the push owns its values then.
  const provenance = spec.isProvenance ? provenanceOf(keys.pairs, values) : undefined;
  shell.observe({ type: "push-invoked", push: identity, segments, provenance });
  const lossy = context.lossy(slot, parameter);
  const rows = encodePush({ spec, jobSeed: job.seed, identity, keys, values, active }, lossy);
  const pieces = piecesOf(cut, indices);
  const nothing = sliceEncoded(rows, 0, 0);
  const isCaching = filterOf(spec.pushFilters, "key-caching") !== undefined;
  const isCompressed = filterOf(spec.pushFilters, "snappy") !== undefined;
  return {
    kind: "push",
    run,
    parameter,
    spec,
    op,
    segments: indices,
    keysOf: (part) => pieces[part].keys,
    compose: (part, to, now) => {
      const { from, to: end, keys } = pieces[part];
      const named = known.reference(to, incarnationOf(shell, to), keys, isCaching);
      const encoded = from === end ? nothing : sliceEncoded(rows, from, end);
      const message: Message = {
        type: "push",
        part: { parameter, slot, time: task.time, op, segment: segments[part] },
        view: now.number,
        epoch: run.epoch,
        slots: task.slots,
        argument: task.argument,
        recordHash: task.recordHash,
        floor: frontier.floor,
        keys: named,
        values: encoded,
      };
      return { message, traffic: { isCompressed, savedBytes: pushSavings(spec, encoded, named) } };
    },
    accept: () => accepted,
    finish: () => {
      lossy.commit(identity);
      shell.observe({ type: "push-finished", push: identity });
      return { type: "pushed", op };
    },
    abandon: () => lossy.abandon(identity),
  };
}

function checkRows(spec: ParameterSpec, request: PushRequest, written: readonly KeyRange[]): void {
  const { keys, values, active } = request;
  const count = keyCount(keys);
  if (values.length !== count * spec.pushWidth) {
    throw new Error(
      `a push to ${spec.name} has ${values.length} values where ${count} keys have ${spec.pushWidth} each`,
    );
  }
  if (active !== undefined && active.length !== count) {
    throw new Error(
      `a push to ${spec.name} says of ${active.length} keys whether they are active, and has ${count}`,
    );
  }
  checkKeys(spec, keys);
  const outside = keyOutside(keys, written);
  if (outside === undefined) return;
  throw new Error(
    `a push to ${spec.name} has key ${outside}, outside the ranges that its task says it writes`,
  );
}

/** Keys [from, to) of a push go to one segment. */
interface Piece {
  readonly from: number;
  readonly to: number;
  readonly keys: KeyList;
}

const noPiece: Piece = { from: 0, to: 0, keys: emptyKeys };

/** One for each of these segments, which ascend and have every key among them. */
function piecesOf(cut: readonly KeyPiece[], indices: readonly number[]): readonly Piece[] {
  let next = 0;
  return indices.map((index) => (cut[next]?.index === index ? cut[next++] : noPiece));
}

/** With `tau = 0` each segment waits for every part, to apply them in one order. */
function sendsKeyedParts({ pushParts }: ParameterSpec, { tau }: Pick<JobSpec, "tau">): boolean {
  return pushParts === "keyed" && tau !== 0;
}
