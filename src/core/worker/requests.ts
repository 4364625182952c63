/**
 * What a worker's programs ask of the servers: each request is split by segment, its parts go to the segments' masters,
 * and are kept until they are answered (docs/protocol.md 4 and 5). A part may be sent many times; its identity and
 * its values stay the same.
 */
import { assert } from "../assert.ts";
import { KnownKeyLists } from "../filters/key-caching.ts";
import { LossyState } from "../filters/lossy-state.ts";
import { RowCopies } from "../filters/row-copy.ts";
import { type Micros, milliseconds, type NodeId, type Slot } from "../ids.ts";
import type { JobSpec } from "../job.ts";
import type { Message } from "../message/message.ts";
import type { ParameterSpec } from "../parameter.ts";
import { masterOf, segmentIndex } from "../ring/ring.ts";
import type { View } from "../ring/view.ts";
import type { Shell } from "../shell.ts";
import type { FinishedFrontier } from "../tasks/frontier.ts";
import { splitCall } from "./calls.ts";
import { KeySplits } from "./key-splits.ts";
import type { ProgramRequest } from "./program.ts";
import {
  type Asked,
  describe,
  partIdOf,
  kindOf,
  type OpenPart,
  partName,
  replyTo,
  segmentEnd,
  type Unanswered,
  unansweredOf,
} from "./open-part.ts";
import { splitPull, splitRangePull } from "./pulls.ts";
import { splitPush } from "./pushes.ts";
import type { Answer, RequestContext, SplitRequest } from "./request.ts";
import { SlotTokens } from "./slot-tokens.ts";
import { type TaskRun, taskName } from "./task-run.ts";

/** The timer by which parts that were refused are sent again. */
export const requestsTimer = "requests";

export interface RequestsHost {
  readonly job: JobSpec;
  readonly specs: readonly ParameterSpec[];
  readonly frontier: FinishedFrontier;
  /** Another has done the task in this slot's place. */
  superseded(run: TaskRun): void;
}

/** Invariant: a part is open from its request until its answer, and its name is then free of any other. */
export class Requests {
  private readonly shell: Shell;
  private readonly host: RequestsHost;
  private readonly open: Map<string, OpenPart> = new Map();
  private readonly splits: KeySplits;
  private readonly known: KnownKeyLists = new KnownKeyLists();
  private readonly copies: RowCopies;
  private readonly held: Map<string, LossyState> = new Map();
  private readonly tokens: SlotTokens = new SlotTokens();

  constructor(shell: Shell, host: RequestsHost) {
    this.shell = shell;
    this.host = host;
    this.splits = new KeySplits(shell.options.keyListCacheBytesMax);
    this.copies = new RowCopies(shell.options.keyListCacheBytesMax);
  }

  /** Sends what a program asked for. Its run goes on when all is answered, at once where nothing had to be asked. */
  start(run: TaskRun, request: ProgramRequest): void {
    const { view } = this.shell;
    assert(view !== undefined, "programs run only when a view is known");
    const leaves: SplitRequest[] = [];
    try {
      this.split(run, request, view, leaves);
    } catch (error) {
      return this.shell.fail(`${taskName(run)}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const open = leaves.reduce((sum, { segments }) => sum + segments.length, 0);
    const asked: Asked = { run, request, leaves, open };
    for (const leaf of leaves) leaf.segments.forEach((_, part) => this.ask(asked, leaf, part, view));
    if (open === 0) this.complete(asked);
  }

  received(from: NodeId, message: Answer | Extract<Message, { type: "refused" }>): void {
    const kind = message.type === "refused" ? message.request : kindOf(message);
    const name = partName(kind, message.part);
    const part = this.open.get(name);
    // An answer to a repeat of what was answered before, or to a task that was dropped.
    if (part === undefined) return;
    if (message.type === "refused") return from === part.server ? this.refused(part, message) : undefined;
    const acceptance = part.split.accept(part.index, message);
    if (acceptance.type === "invalid") {
      return this.shell.fail(`${from} answered ${describe(part)} with ${acceptance.reason}`);
    }
    if (acceptance.type === "again") return this.sendAgain(part);
    this.open.delete(name);
    this.tokens.raise(message.part, message.token);
    part.asked.open -= 1;
    if (part.asked.open === 0) this.complete(part.asked);
  }

  /** Parts whose segment has another master now go there. */
  viewChanged(): void {
    const { view } = this.shell;
    if (view === undefined) return;
    for (const part of this.open.values()) {
      if (part.viewNumber >= view.number) continue;
      const index = segmentIndex(view, part.segment);
      if (index === undefined || segmentEnd(view, index) !== part.segmentEnd) {
        return this.shell.fail(
          `view ${view.number} cut segment ${part.segment} anew under ${describe(part)}`,
        );
      }
      if (masterOf(view, index) !== part.server || part.retryAt !== undefined) this.send(part, view);
    }
  }

  timerFired(): void {
    const { now } = this.shell;
    for (const part of this.open.values()) {
      if (part.retryAt !== undefined && part.retryAt <= now) this.sendAgain(part);
    }
    this.scheduleRetry();
  }

  /** The task is dropped: answers to it are no longer waited for. */
  drop(run: TaskRun): void {
    const dropped = new Set<SplitRequest>();
    for (const [name, part] of this.open) {
      if (part.asked.run !== run) continue;
      this.open.delete(name);
      for (const leaf of part.asked.leaves) dropped.add(leaf);
    }
    for (const leaf of dropped) leaf.abandon();
  }

  /** What the run has asked for longest. */
  firstUnanswered(run: TaskRun): Unanswered | undefined {
    for (const part of this.open.values()) if (part.asked.run === run) return unansweredOf(part);
    return undefined;
  }

  unanswered(run: TaskRun): readonly Unanswered[] {
    return [...this.open.values()].filter(({ asked }) => asked.run === run).map(unansweredOf);
  }

  private split(run: TaskRun, request: ProgramRequest, view: View, leaves: SplitRequest[]): void {
    if (request.type === "all") {
      for (const each of request.requests) this.split(run, each, view, leaves);
      return;
    }
    const context = this.context(view);
    if (request.type === "push") leaves.push(splitPush(context, run, request));
    else if (request.type === "call") leaves.push(splitCall(context, run, request));
    else if (request.type === "pull") leaves.push(splitPull(context, run, request));
    else leaves.push(splitRangePull(context, run, request));
  }

  private context(view: View): RequestContext {
    const { shell, host, splits, known, copies, tokens } = this;
    const { job, specs, frontier } = host;
    const lossy = (slot: Slot, parameter: number): LossyState => this.lossy(slot, parameter);
    return { shell, job, specs, view, frontier, splits, known, copies, tokens, lossy };
  }

  private lossy(slot: Slot, parameter: number): LossyState {
    const name = `${slot}/${parameter}`;
    const known = this.held.get(name);
    if (known !== undefined) return known;
    const state = new LossyState(this.host.specs[parameter]);
    this.held.set(name, state);
    return state;
  }

  private ask(asked: Asked, split: SplitRequest, index: number, view: View): void {
    const at = split.segments[index];
    const part: OpenPart = {
      asked,
      split,
      index,
      segment: view.segments[at].begin,
      segmentEnd: segmentEnd(view, at),
      since: this.shell.now,
      server: masterOf(view, at),
      viewNumber: view.number,
      refusals: 0,
      retryAt: undefined,
    };
    const name = partName(split.kind, partIdOf(split, part.segment));
    assert(!this.open.has(name), () => `${describe(part)} is asked once`);
    this.open.set(name, part);
    this.send(part, view);
  }

  private send(part: OpenPart, view: View): void {
    const index = segmentIndex(view, part.segment);
    assert(index !== undefined, "a view that lacks an open part's segment ends the job");
    part.server = masterOf(view, index);
    part.viewNumber = view.number;
    part.retryAt = undefined;
    const { message, traffic } = part.split.compose(part.index, part.server, view);
    this.shell.send(part.server, "data", message, traffic);
  }

  private sendAgain(part: OpenPart): void {
    const { view } = this.shell;
    assert(view !== undefined, "parts were sent by a view");
    this.send(part, view);
  }

  private refused(part: OpenPart, message: Extract<Message, { type: "refused" }>): void {
    switch (message.reason) {
      case "unknown-keys":
        this.shell.observe({ type: "keys-missed", peer: part.server, segment: part.segment });
        this.known.forget(part.server, part.split.keysOf(part.index)?.hash ?? "");
        return this.sendAgain(part);
      case "not-master":
        if (part.viewNumber < (this.shell.view?.number ?? 0)) return this.sendAgain(part);
        return this.retryLater(part);
      case "full":
        return this.retryLater(part);
      case "closed":
        return this.supersede(part, message.detail);
      default:
        return this.shell.fail(
          `${part.server} refused ${describe(part)} (${message.reason}): ${message.detail}`,
        );
    }
  }

  private retryLater(part: OpenPart): void {
    const { retryAfterMs, retransmitMaxMs } = this.shell.options;
    const delayMs = Math.min(
      retryAfterMs * 2 ** Math.min(part.refusals, 20),
      Math.max(retransmitMaxMs, retryAfterMs),
    );
    part.refusals += 1;
    part.retryAt = (this.shell.now + milliseconds(delayMs)) as Micros;
    this.scheduleRetry();
  }

  private scheduleRetry(): void {
    let earliest: Micros | undefined;
    for (const { retryAt } of this.open.values()) {
      if (retryAt !== undefined && (earliest === undefined || retryAt < earliest)) earliest = retryAt;
    }
    if (earliest !== undefined) this.shell.setTimer(requestsTimer, earliest);
  }

  private supersede(part: OpenPart, reason: string): void {
    const { run } = part.asked;
    const { slot, task } = run;
    const { parameter, op } = part.split;
    const push = { parameter, slot, time: task.time, op };
    this.shell.observe({ type: "push-refused", push, segment: part.segment, reason });
    this.drop(run);
    this.host.superseded(run);
  }

  private complete(asked: Asked): void {
    const replies = asked.leaves.map((leaf) => leaf.finish());
    asked.run.input = { type: "reply", reply: replyTo(asked.request, replies[Symbol.iterator]()) };
  }
}
