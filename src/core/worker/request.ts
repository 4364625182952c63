/** A program's request after it was split: one part for each segment that it meets, kept until every part is answered. */
import type { KnownKeyLists } from "../filters/key-caching.ts";
import type { FilterSpec } from "../filters/filter-spec.ts";
import type { LossyState } from "../filters/lossy-state.ts";
import { filterOf } from "../filters/pack-rows.ts";
import type { RowCopies } from "../filters/row-copy.ts";
import type { NodeId, Slot } from "../ids.ts";
import type { JobSpec } from "../job.ts";
import type { KeyList } from "../keys/key-list.ts";
import type { Message } from "../message/message.ts";
import type { ParameterSpec } from "../parameter.ts";
import type { SegmentRanges } from "../ring/segment-ranges.ts";
import type { View } from "../ring/view.ts";
import type { Shell, Traffic } from "../shell.ts";
import type { FinishedFrontier } from "../tasks/frontier.ts";
import type { KeySplits } from "./key-splits.ts";
import type { ProgramReply } from "./program.ts";
import type { SlotTokens } from "./slot-tokens.ts";
import type { TaskRun } from "./task-run.ts";

export type RequestKind = "push" | "pull" | "call";
export type Answer = Extract<Message, { readonly type: "pushed" | "pulled" | "called" }>;

export interface Outgoing {
  readonly message: Message;
  readonly traffic: Traffic | undefined;
}

export type Acceptance =
  | { readonly type: "accepted" }
  /** The part has to be asked again, and is composed otherwise now. */
  | { readonly type: "again" }
  /** It is no answer to this request. */
  | { readonly type: "invalid"; readonly reason: string };

export const accepted: Acceptance = { type: "accepted" };

export interface SplitRequest {
  readonly kind: RequestKind;
  readonly run: TaskRun;
  readonly parameter: number;
  readonly spec: ParameterSpec;
  /** Pushes and calls are numbered together, pulls apart. */
  readonly op: number;
  /** Indices of each part's segment in the view that it was split by, ascending. */
  readonly segments: readonly number[];
  /** A part as it travels to a server; from one time to the next it may differ in what is named by hash. */
  compose(part: number, to: NodeId, view: View): Outgoing;
  /** The part's keys, where it has any: a server may say that it does not know them. */
  keysOf(part: number): KeyList | undefined;
  /** Takes the answer of a part, which has none yet. */
  accept(part: number, answer: Answer): Acceptance;
  /** Every part is answered. */
  finish(): ProgramReply;
  /** It will never be: its task is dropped. */
  abandon(): void;
}

/** What requests are made with. */
export interface RequestContext {
  readonly shell: Shell;
  readonly job: JobSpec;
  readonly specs: readonly ParameterSpec[];
  /** The view that requests are split by now. */
  readonly view: View;
  readonly frontier: FinishedFrontier;
  readonly ranges: SegmentRanges;
  readonly splits: KeySplits;
  readonly known: KnownKeyLists;
  /** Rows that slots got before: significantly-modified answers build on them. */
  readonly copies: RowCopies;
  readonly tokens: SlotTokens;
  /** What a slot's pushes to a parameter hold back. */
  lossy(slot: Slot, parameter: number): LossyState;
}

export function incarnationOf(shell: Shell, node: NodeId): number {
  return shell.members.get(node)?.incarnation ?? 0;
}

export function trafficOf(filters: readonly FilterSpec[], savedBytes: readonly number[]): Traffic {
  return { isCompressed: filterOf(filters, "snappy") !== undefined, savedBytes };
}
