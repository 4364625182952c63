/**
 * Pulls and functions that only read (docs/protocol.md 5): each waits until what it names has been applied, takes its
 * values at once, and is answered when the state that it read is committed.
 */
import { plainValues } from "../filters/rows.ts";
import { filterOf } from "../filters/pack-rows.ts";
import { encodePull, markColumn, type PullRows, type SentCopy } from "../filters/pull-filters.ts";
import type { Micros, NodeId } from "../ids.ts";
import { intersect, type KeyRange } from "../keys/key-range.ts";
import type { KeyList } from "../keys/key-list.ts";
import type { Values } from "../parameter.ts";
import { newValues } from "../store/kernels.ts";
import { nthPull } from "../tasks/pull-op.ts";
import type { CalledState } from "./calls.ts";
import { functionOf, runCall } from "./calls.ts";
import type { Refusal } from "./fences.ts";
import type { HeldGroup } from "./held-parts.ts";
import { describeRequest, type PullMessage, type ReadRequest } from "./requests.ts";
import { describeSegment } from "./segment-context.ts";
import { isOlder } from "./segment-log.ts";
import type { SegmentState } from "./segment-state.ts";
import type { KnownState } from "./state-history.ts";

export interface WaitingRead {
  readonly from: NodeId;
  readonly request: ReadRequest;
  /** The list that a pull names. */
  readonly keys: KeyList | undefined;
  readonly since: Micros;
}

/** What keeps a read from being answered: a push that is held, or that has not arrived. */
export type Obstacle =
  | { readonly type: "held"; readonly group: HeldGroup }
  | { readonly type: "op"; readonly group: HeldGroup | undefined };

/** Invariant: none of the reads that wait can be answered now. */
export class Reads {
  private readonly segment: SegmentState;
  private waiting: WaitingRead[] = [];

  constructor(segment: SegmentState) {
    this.segment = segment;
  }

  /** In order of arrival. */
  all(): readonly WaitingRead[] {
    return this.waiting;
  }

  receive(from: NodeId, request: ReadRequest): void {
    const { context } = this.segment;
    const checked = this.check(request);
    if ("reason" in checked) return context.replies.refused(from, request, checked);
    const read: WaitingRead = { from, request, keys: checked.keys, since: context.shell.now };
    if (this.obstacle(request) === undefined) return this.answer(read);
    const { waitingReadsMax } = context.shell.options;
    if (this.waiting.length < waitingReadsMax) this.waiting.push(read);
    else {
      const detail = `${waitingReadsMax} reads wait at ${describeSegment(this.segment.name)}, which is waitingReadsMax`;
      context.replies.refused(from, request, { reason: "full", detail });
    }
  }

  /** Something was applied: answers, in order of arrival, what can be answered now. */
  retry(): void {
    const still: WaitingRead[] = [];
    const before = this.waiting;
    this.waiting = still;
    for (const read of before) {
      if (this.obstacle(read.request) === undefined) this.answer(read);
      else still.push(read);
    }
  }

  obstacle({ part, after }: ReadRequest): Obstacle | undefined {
    const { held, clock } = this.segment;
    const oldest = held.all()[0];
    if (oldest !== undefined && oldest.time < after.below) return { type: "held", group: oldest };
    if (after.op === undefined || clock.isApplied(part.slot, after.time, after.op)) return undefined;
    return { type: "op", group: held.find(after.time, after.op) };
  }

  private check(request: ReadRequest): Refusal | { readonly keys: KeyList | undefined } {
    const { context, name, log, store } = this.segment;
    const { token } = request.after;
    if (isOlder(log.token, token)) {
      const [has, asked] = [log.token, token].map(
        ({ lineage, view, index }) => `${lineage}/${view}/${index}`,
      );
      return invalid(
        `${describeSegment(name)} is at state ${has} (lineage/view/index) and cannot show ${asked}`,
      );
    }
    const { range } = request;
    if (range !== undefined && intersect(range, name.range) === undefined) {
      return invalid(`keys [${range.begin}, ${range.end}) are none of ${describeSegment(name)}`);
    }
    if (request.type === "call") {
      if (functionOf(context, request.function) !== undefined) return { keys: undefined };
      return invalid(`application ${context.application.name} has no function "${request.function}"`);
    }
    if (request.keys === undefined) return { keys: undefined };
    const resolved = context.keyLists.resolve(request.keys);
    if (!resolved.ok) return this.unresolved(request, resolved);
    const refusal = store.refuseKeys(resolved.keys);
    return refusal === undefined ? { keys: resolved.keys } : invalid(refusal);
  }

  private unresolved(
    request: PullMessage,
    { reason, detail }: { readonly reason: "unknown-keys" | "invalid"; readonly detail: string },
  ): Refusal {
    // The sender forgets the hash that a miss names.
    return reason === "invalid" ? invalid(detail) : { reason, detail: request.keys?.hash ?? detail };
  }

  private answer(read: WaitingRead): void {
    const { context, history, log } = this.segment;
    const { from, request } = read;
    const { after } = request;
    const state = after.isExact
      ? history.find(after.time, after.op, log.token)
      : { at: undefined, token: log.token };
    if (state === undefined) return context.replies.refused(from, request, this.refuseUntold(request));
    const reply = request.type === "pull" ? this.pulled(read, request, state) : this.called(read, state);
    log.whenCommitted(() => {
      this.observeAnswer(request, state);
      reply();
    });
  }

  /** Whoever asks for a task that has finished everywhere has not heard of it: what it does is done (docs/protocol.md 9). */
  private refuseUntold(request: ReadRequest): Refusal {
    const { time, op } = request.after;
    const when = op === undefined ? `before ${time}` : `after ${time}/${op}`;
    const detail = `${describeRequest(request)}: the state right ${when} cannot be told any more`;
    return time < this.segment.clock.floor ? { reason: "closed", detail } : invalid(detail);
  }

  private called({ from, request }: WaitingRead, { at, token }: KnownState): () => void {
    const { context, name, store, history } = this.segment;
    const seen: CalledState | undefined = at === undefined ? store : history.undo.stateAt(store, at);
    if (request.type !== "call" || seen === undefined)
      throw new Error("Invariant: a known state can be told");
    // A function that only reads cannot change the scalars: it gets its own.
    const state = { columns: seen.columns, scalars: seen.scalars.slice() };
    const result = runCall(context, name, request, { store, state });
    return () => context.replies.called(from, request.part, token, result);
  }

  private pulled(read: WaitingRead, request: PullMessage, state: KnownState): () => void {
    const { context, name, store } = this.segment;
    if (request.range !== undefined) return this.pulledRange(read, request, request.range, state);
    const { spec } = name;
    const keys = read.keys as KeyList;
    const positions = store.positionsOf(keys, "find");
    const mark = markColumn(spec);
    const rows: PullRows = {
      jobSeed: context.job.seed,
      parameter: name.parameter,
      // Nothing of the segment, its history or the slot's holder: draws are the same wherever keys and slots are.
      version: `${request.part.time}/${nthPull(request.part.op)}`,
      pairs: keys.pairs,
      values: this.gather(positions, spec.pulled, state),
      mark: mark === undefined || mark < 0 ? undefined : this.gather(positions, [mark], state),
    };
    const sent = this.sentCopy(request, keys);
    const answer = { token: state.token, keys: undefined, values: encodePull(spec, rows, sent) };
    return () => context.replies.pulled(read.from, request, spec, answer);
  }

  /** Where copies of what is sent are kept, where answers build on them. */
  private sentCopy({ part, base }: PullMessage, keys: KeyList): SentCopy | undefined {
    const { context, name } = this.segment;
    if (filterOf(name.spec.pullFilters, "significantly-modified") === undefined) return undefined;
    const copy = `${name.parameter}/${name.begin}/${part.slot}/${keys.hash}`;
    return { copies: context.copies, name: copy, base, time: part.time };
  }

  /** Whoever reads a whole range, as to save the model, wants it as it is: no lossy filter runs on it. */
  private pulledRange(
    read: WaitingRead,
    request: PullMessage,
    range: KeyRange,
    state: KnownState,
  ): () => void {
    const { context, name, store } = this.segment;
    const { spec } = name;
    const { positions, pairs } = store.changedRows(range, this.columnsIn(state));
    const values = plainValues(spec.element, spec.pulled.length, this.gather(positions, spec.pulled, state));
    const answer = { token: state.token, keys: pairs, values };
    return () => context.replies.pulled(read.from, request, spec, answer);
  }

  private columnsIn({ at }: KnownState): readonly Values[] | undefined {
    const { history, store } = this.segment;
    return at === undefined ? undefined : history.undo.stateAt(store, at)?.columns;
  }

  private gather(positions: Int32Array, columns: readonly number[], { at }: KnownState): Values {
    const { history, store } = this.segment;
    const out = newValues(store.spec.element, positions.length * columns.length);
    if (at === undefined) store.gather(positions, columns, out);
    else history.undo.gatherAt(store, positions, { columns, out }, at);
    return out;
  }

  private observeAnswer({ part }: ReadRequest, { token }: KnownState): void {
    const { context, log } = this.segment;
    const { committedIndex } = log;
    const { parameter, segment, slot, time, op } = part;
    context.shell.observe({
      type: "read-answered",
      parameter,
      segment,
      slot,
      time,
      op,
      token,
      committedIndex,
    });
  }
}

function invalid(detail: string): Refusal {
  return { reason: "invalid", detail };
}
