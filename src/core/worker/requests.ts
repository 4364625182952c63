/**
 * What a worker's programs ask of the servers: each request is split by segment, its parts go to the segments' masters,
 * and are kept until they are answered (docs/protocol.md 4 and 5). A part may be sent many times; its identity and
 * its values stay the same.
 */
import { assert } from "../assert.ts";
import { type Micros, milliseconds, type NodeId, type Slot, type TaskTime } from "../ids.ts";
import type { JobSpec } from "../job.ts";
import type { Message } from "../message/message.ts";
import type { WaitEdge } from "../node.ts";
import type { ParameterSpec } from "../parameter.ts";
import { parseSlotsRecord, recordKeys, type SlotAssignment } from "../registry/records.ts";
import { masterOf, segmentIndex } from "../ring/ring.ts";
import { segmentName, type View } from "../ring/view.ts";
import type { Shell } from "../shell.ts";
import type { FinishedFrontier } from "../tasks/frontier.ts";
import type { ProgramRequest } from "./program.ts";
import {
  type Asked,
  describe,
  edgeOf,
  findPart,
  kindOf,
  type OpenPart,
  replyTo,
  segmentEnd,
  type Unanswered,
  unansweredOf,
} from "./open-part.ts";
import type { Answer, SplitRequest } from "./request.ts";
import { Splitter } from "./splitter.ts";
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

/** Invariant: a request is open from when a program asks until its last part is answered; a task has at most one. */
export class Requests {
  private readonly shell: Shell;
  private readonly host: RequestsHost;
  /** By slot and then by time of their task. */
  private readonly open: Map<Slot, Map<TaskTime, Asked>> = new Map();
  private readonly splitter: Splitter;

  constructor(shell: Shell, host: RequestsHost) {
    this.shell = shell;
    this.host = host;
    this.splitter = new Splitter(shell, host);
  }

  /** Sends what a program asked for. Its run goes on when all is answered, at once where nothing had to be asked. */
  start(run: TaskRun, request: ProgramRequest): void {
    const { view } = this.shell;
    assert(view !== undefined, "programs run only when a view is known");
    let leaves: readonly SplitRequest[];
    try {
      leaves = this.splitter.split(run, request, view);
    } catch (error) {
      return this.shell.fail(`${taskName(run)}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const asked: Asked = { run, request, leaves, parts: [], openCount: 0 };
    for (const leaf of leaves) {
      for (let index = 0; index < leaf.segments.length; index++) {
        asked.parts.push(this.newPart(asked, leaf, index, view));
      }
    }
    asked.openCount = asked.parts.length;
    if (asked.openCount === 0) return this.complete(asked);
    this.keep(asked);
    for (const part of asked.parts) this.send(part, view);
  }

  received(from: NodeId, message: Answer | Extract<Message, { type: "refused" }>): void {
    const kind = message.type === "refused" ? message.request : kindOf(message);
    const { slot, time } = message.part;
    const asked = this.open.get(slot)?.get(time);
    const part = asked === undefined ? undefined : findPart(asked, kind, message.part);
    // An answer to a repeat of what was answered before, or to a task that was dropped.
    if (asked === undefined || part === undefined || part.isAnswered) return;
    if (message.type === "refused") return from === part.server ? this.refused(part, message) : undefined;
    const acceptance = part.split.accept(part.index, message);
    if (acceptance.type === "invalid") {
      return this.shell.fail(`${from} answered ${describe(part)} with ${acceptance.reason}`);
    }
    if (acceptance.type === "again") return this.sendAgain(part);
    part.isAnswered = true;
    this.splitter.tokens.raise(message.part, message.token);
    asked.openCount -= 1;
    if (asked.openCount > 0) return;
    this.forget(asked);
    this.complete(asked);
  }

  /** Parts whose segment has had another master since they were sent go to the one that it has now. */
  viewChanged(): void {
    const { view } = this.shell;
    if (view === undefined) return;
    for (const part of this.openParts()) {
      if (part.viewNumber >= view.number) continue;
      const index = segmentIndex(view, part.segment);
      if (index === undefined || segmentEnd(view, index) !== part.segmentEnd) {
        return this.shell.fail(
          `view ${view.number} cut segment ${segmentName(part.segment)} anew under ${describe(part)}`,
        );
      }
      const isLost = view.segments[index].since > part.viewNumber;
      if (isLost || part.retryAt !== undefined) this.send(part, view);
    }
  }

  timerFired(): void {
    const { now } = this.shell;
    for (const part of this.openParts()) {
      if (part.retryAt !== undefined && part.retryAt <= now) this.sendAgain(part);
    }
    this.scheduleRetry();
  }

  /** The task is dropped: answers to it are no longer waited for. */
  drop(run: TaskRun): void {
    const asked = this.askedBy(run);
    if (asked === undefined) return;
    this.forget(asked);
    for (const leaf of asked.leaves) leaf.abandon();
  }

  /** What the run has asked for longest. */
  firstEdge(run: TaskRun): WaitEdge | undefined {
    const part = this.askedBy(run)?.parts.find(({ isAnswered }) => !isAnswered);
    return part === undefined ? undefined : edgeOf(part);
  }

  unanswered(run: TaskRun): readonly Unanswered[] {
    const parts = this.askedBy(run)?.parts ?? [];
    return parts.filter(({ isAnswered }) => !isAnswered).map(unansweredOf);
  }

  private askedBy(run: TaskRun): Asked | undefined {
    const asked = this.open.get(run.slot)?.get(run.task.time);
    return asked?.run === run ? asked : undefined;
  }

  private keep(asked: Asked): void {
    const { slot, task } = asked.run;
    const ofSlot = this.open.get(slot) ?? new Map<TaskTime, Asked>();
    assert(!ofSlot.has(task.time), () => `${taskName(asked.run)} asks for one thing at a time`);
    ofSlot.set(task.time, asked);
    this.open.set(slot, ofSlot);
  }

  private forget({ run }: Asked): void {
    this.open.get(run.slot)?.delete(run.task.time);
  }

  private *openParts(): Generator<OpenPart> {
    for (const ofSlot of this.open.values()) {
      for (const { parts } of ofSlot.values()) {
        for (const part of parts) if (!part.isAnswered) yield part;
      }
    }
  }

  private newPart(asked: Asked, split: SplitRequest, index: number, view: View): OpenPart {
    const at = split.segments[index];
    return {
      asked,
      split,
      index,
      segment: view.segments[at].begin,
      segmentEnd: segmentEnd(view, at),
      since: this.shell.now,
      server: masterOf(view, at),
      viewNumber: view.number,
      isAnswered: false,
      refusals: 0,
      retryAt: undefined,
    };
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
    // The slot was here before, and came back: what it had asked then is not what it asks now.
    if (message.epoch !== 0 && message.epoch !== part.asked.run.epoch) return;
    switch (message.reason) {
      case "unknown-keys":
        this.shell.observe({ type: "keys-missed", peer: part.server, segment: part.segment });
        this.splitter.known.forget(part.server, part.split.keysOf(part.index)?.hash ?? "");
        return this.sendAgain(part);
      case "not-master":
        if (part.viewNumber < (this.shell.view?.number ?? 0)) return this.sendAgain(part);
        return this.retryLater(part);
      case "full":
        return this.retryLater(part);
      case "closed":
        // A scheduler that took over asks again for what tasks that only read returned: nothing takes their place.
        if (part.asked.run.task.writes.length === 0) return this.refusedForGood(part, message);
        return this.supersede(part.asked.run);
      case "replaced":
        // Meant for what a slot's last holder asked, which may have been this node in its last life: of the same identity.
        return;
      default:
        return this.refusedForGood(part, message);
    }
  }

  /** A mistake ends the job, unless the slot is another's by now: the registry knows. */
  private refusedForGood(part: OpenPart, message: Extract<Message, { type: "refused" }>): void {
    const { run } = part.asked;
    const reason = `${part.server} refused ${describe(part)} (${message.reason}): ${message.detail}`;
    this.shell.registry({ type: "read", prefix: recordKeys.slots }, (answer) => {
      if (this.askedBy(run) === undefined) return;
      if (answer.type !== "records") return this.retryLater(part);
      const record = answer.records.find(({ key }) => key === recordKeys.slots);
      const parsed = record === undefined ? "" : parseSlotsRecord(record.value);
      if (typeof parsed !== "string" && parsed.slots.some((holder) => this.isOwn(holder, run))) {
        this.shell.fail(reason);
      }
    });
  }

  private isOwn({ slot, worker, incarnation, epoch }: SlotAssignment, run: TaskRun): boolean {
    const { shell } = this;
    const isHere = worker === shell.id && incarnation === shell.incarnation;
    return isHere && slot === run.slot && epoch === run.epoch;
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
    for (const { retryAt } of this.openParts()) {
      if (retryAt !== undefined && (earliest === undefined || retryAt < earliest)) earliest = retryAt;
    }
    if (earliest !== undefined) this.shell.setTimer(requestsTimer, earliest);
  }

  /** Whether the part was applied is the server's to say. */
  private supersede(run: TaskRun): void {
    this.drop(run);
    this.host.superseded(run);
  }

  private complete(asked: Asked): void {
    const replies = asked.leaves.map((leaf) => leaf.finish());
    asked.run.input = { type: "reply", reply: replyTo(asked.request, replies[Symbol.iterator]()) };
  }
}
