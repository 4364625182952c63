/**
 * Takes checkpoints (docs/protocol.md 13). A pass begins when every task before it has finished, so between its record and its
 * first task nothing changes anywhere: what each master has then is the whole job at one frontier.
 */
import type { Progress } from "../application.ts";
import {
  checkpointName,
  checkpointSchema,
  type Manifest,
  type ManifestPart,
} from "../checkpoint/manifest.ts";
import { type Micros, milliseconds, type NodeId, type TaskTime, taskTime } from "../ids.ts";
import { checkpointsKeptDefault } from "../job.ts";
import type { Message } from "../message/message.ts";
import type { ParameterSpec } from "../parameter.ts";
import {
  type CheckpointFailedRecord,
  type CheckpointRecord,
  parseCheckpointRecord,
  parseCheckpointWanted,
  type PassRecord,
  recordKeys,
} from "../registry/records.ts";
import { masterOf, segmentRange } from "../ring/ring.ts";
import type { Shell } from "../shell.ts";
import type { Leadership } from "./leadership.ts";

export const checkpointTimer = "checkpoint";

type SavedMessage = Extract<Message, { readonly type: "saved" }>;

interface Cut {
  readonly pass: PassRecord;
  readonly progress: readonly Progress[];
}

interface UnderWay extends Cut {
  readonly name: string;
  readonly sequence: number;
  /** Of the newest checkpoint's record as it began: a rollback writes it anew. */
  readonly before: number;
  readonly answers: string;
  readonly since: Micros;
  readonly parts: Map<string, SavedMessage>;
  /** The job goes on. */
  readonly done: () => void;
  askAgainMs: number;
}

export class Checkpoints {
  private readonly shell: Shell;
  private readonly leadership: Leadership;
  private underWay: UnderWay | undefined;
  /** What there is of them is no checkpoint, and never will be. */
  private readonly failedNames: string[] = [];
  private specs: readonly ParameterSpec[] = [];
  /** Of the newest checkpoint that there is, or that the lineage begins with. */
  private newest: { readonly sequence: number; readonly first: number };
  private passesSince: number = 0;
  private savedAt: Micros | undefined;

  constructor(shell: Shell, leadership: Leadership) {
    this.shell = shell;
    this.leadership = leadership;
    this.newest = { sequence: 0, first: 0 };
  }

  knows(specs: readonly ParameterSpec[]): void {
    this.specs = specs;
  }

  begins({ sequence, pass }: Manifest): void {
    this.newest = { sequence, first: pass.first };
  }

  /** What masters have not answered; undefined: no checkpoint is being taken. */
  get waits(): { readonly name: string; readonly since: Micros; readonly missing: number } | undefined {
    const { underWay } = this;
    if (underWay === undefined) return undefined;
    const { name, since, parts } = underWay;
    return { name, since, missing: this.count - parts.size };
  }

  /** Calls `goOn` when the job may go on: at once where no checkpoint is due. */
  passBegan(cut: Cut, goOn: () => void): void {
    const record = this.record();
    if (record !== undefined) this.newest = record;
    const { first } = cut.pass;
    this.savedAt ??= this.shell.now;
    if (first <= this.newest.first) return goOn();
    this.passesSince += 1;
    const wanted = this.wanted();
    const isAsked = wanted !== "" && wanted !== record?.answers;
    if (!isAsked && !this.isDue()) return goOn();
    const { shell, leadership } = this;
    const { term } = leadership;
    const lineage = shell.view?.lineage ?? 0;
    if (term === undefined) return;
    // Whoever was still writing into one that failed is done by now.
    this.remove(this.failedNames.splice(0));
    const sequence = this.newest.sequence + 1;
    const cluster = shell.options.clusterId;
    this.underWay = {
      ...cut,
      name: checkpointName({ sequence, cluster, lineage, term, first }),
      sequence,
      before: shell.record(recordKeys.checkpoint)?.modified ?? 0,
      answers: wanted,
      since: shell.now,
      parts: new Map(),
      done: goOn,
      askAgainMs: shell.options.retryAfterMs,
    };
    this.ask();
  }

  viewChanged(): void {
    if (this.underWay !== undefined) this.ask();
  }

  timerFired(): void {
    if (this.underWay !== undefined) this.ask();
  }

  saved(from: NodeId, message: SavedMessage): void {
    const { underWay } = this;
    if (underWay === undefined || message.checkpoint !== underWay.name) return;
    const { parts } = underWay;
    if (parts.size === this.count) return;
    if (message.reason !== "") return this.failed(underWay, message.reason, from);
    parts.set(`${message.parameter}-${message.segment}`, message);
    if (parts.size === this.count) this.writeManifest(underWay);
  }

  private get count(): number {
    return this.specs.length * (this.shell.view?.segments.length ?? 0);
  }

  private isDue(): boolean {
    const { checkpoint } = this.shell.job ?? {};
    if (checkpoint === undefined) return false;
    const { everyPasses = Number.POSITIVE_INFINITY, everySeconds = Number.POSITIVE_INFINITY } = checkpoint;
    const seconds = (this.shell.now - (this.savedAt ?? this.shell.now)) / 1e6;
    return this.passesSince >= everyPasses || seconds >= everySeconds;
  }

  private record(): CheckpointRecord | undefined {
    const record = this.shell.record(recordKeys.checkpoint);
    const parsed = record === undefined ? undefined : parseCheckpointRecord(record.value);
    return typeof parsed === "string" ? undefined : parsed;
  }

  private wanted(): string {
    const record = this.shell.record(recordKeys.checkpointWanted);
    return record === undefined ? "" : parseCheckpointWanted(record.value);
  }

  /** Masters that have not answered are asked, and again after a while: the view may have changed, or be new to them. */
  private ask(): void {
    const { underWay, shell, specs } = this;
    const { view } = shell;
    if (underWay === undefined || view === undefined || underWay.parts.size === this.count) return;
    const first = taskTime(underWay.pass.first);
    view.segments.forEach(({ begin: segment }, index) => {
      for (let parameter = 0; parameter < specs.length; parameter++) {
        if (underWay.parts.has(`${parameter}-${segment}`)) continue;
        const id = { checkpoint: underWay.name, first, view: view.number, parameter, segment };
        shell.send(masterOf(view, index), "control", { type: "save", ...id });
      }
    });
    shell.setTimer(checkpointTimer, (shell.now + milliseconds(underWay.askAgainMs)) as Micros);
    underWay.askAgainMs = Math.min(2 * underWay.askAgainMs, shell.options.suspectAfterMs);
  }

  private writeManifest(underWay: UnderWay): void {
    const { shell } = this;
    const { name, sequence, pass, progress } = underWay;
    const { job, view } = shell;
    if (job === undefined || view === undefined) return;
    shell.cancelTimer(checkpointTimer);
    const manifest: Manifest = {
      schema: checkpointSchema,
      name,
      cluster: shell.options.clusterId,
      sequence,
      lineage: view.lineage,
      job,
      pass,
      progress,
      parts: this.partsOf(underWay),
    };
    const text = JSON.stringify(manifest);
    shell.checkpoints({ type: "write-manifest", checkpoint: name, text }, (answer) => {
      if (answer.type === "done") this.publish(underWay);
      else this.failed(underWay, "reason" in answer ? answer.reason : `it was answered by "${answer.type}"`);
    });
  }

  private partsOf({ parts }: UnderWay): readonly ManifestPart[] {
    const { view } = this.shell;
    return (view?.segments ?? []).flatMap(({ begin: segment }, index) =>
      this.specs.map((spec, parameter) => {
        const part = `${parameter}-${segment}`;
        const { rows, bytes, sha256 } = parts.get(part) as SavedMessage;
        const { begin, end } = segmentRange(spec, view as NonNullable<typeof view>, index);
        return { part, parameter: spec.name, begin: String(begin), end: String(end), rows, bytes, sha256 };
      }),
    );
  }

  /** It exists when the registry names it: by who leads, and where the job has not been rolled back meanwhile. */
  private publish(underWay: UnderWay): void {
    const { shell, leadership } = this;
    const { comparisons } = leadership;
    const { name, sequence, pass, answers, before } = underWay;
    if (comparisons === undefined || this.underWay !== underWay) return;
    const kept = shell.job?.checkpoint?.checkpointsKept ?? checkpointsKeptDefault;
    const last = this.record();
    const known = last === undefined ? [] : [last.name, ...last.older];
    // What the lineage began with may still be read by a holder that is late.
    const begun = shell.view?.begins?.checkpoint;
    const isKept = (one: string, i: number): boolean => i < kept - 1 || one === begun;
    const record: CheckpointRecord = {
      name,
      sequence,
      first: pass.first,
      answers,
      older: known.filter(isKept),
    };
    const key = recordKeys.checkpoint;
    const value = JSON.stringify(record);
    shell.registry(
      {
        type: "transact",
        compare: [...comparisons, { key, modified: before }],
        writes: [{ type: "put", key, value, lease: 0 }],
      },
      (answer) => {
        // The registry may name it all the same.
        if (answer.type !== "transacted") return this.giveUp(underWay, `the registry: ${answer.type}`);
        if (!answer.succeeded)
          return this.failed(underWay, "another scheduler or another checkpoint was first");
        this.remove(known.filter((one, i) => !isKept(one, i)));
        this.published(underWay);
      },
    );
  }

  private remove(checkpoints: readonly string[]): void {
    if (checkpoints.length > 0) this.shell.checkpoints({ type: "remove", checkpoints }, () => {});
  }

  private published(underWay: UnderWay): void {
    const { name, sequence, pass, parts, since } = underWay;
    const { now } = this.shell;
    const bytes = [...parts.values()].reduce((sum, part) => sum + part.bytes, 0);
    const first: TaskTime = taskTime(pass.first);
    this.newest = { sequence, first };
    this.shell.observe({
      type: "checkpoint-saved",
      checkpoint: name,
      first,
      parts: parts.size,
      bytes,
      pauseMicros: now - since,
    });
    this.goOn(underWay);
  }

  /** A disk that is full does not end the job: it is saved at the next occasion. */
  private failed(underWay: UnderWay, reason: string, node: NodeId = this.shell.id): void {
    if (this.underWay === underWay) this.failedNames.push(underWay.name);
    this.giveUp(underWay, reason, node);
  }

  private giveUp(underWay: UnderWay, text: string, node: NodeId = this.shell.id): void {
    if (this.underWay !== underWay) return;
    const { name: checkpoint, answers: id } = underWay;
    const reason = `${node}: ${text}`;
    this.shell.observe({ type: "checkpoint-failed", checkpoint, reason });
    // Whoever wants one reads the registry, and no trace.
    const isAwaited = id !== "" && id !== this.record()?.answers;
    const told: CheckpointFailedRecord = { id, checkpoint, reason };
    if (isAwaited) this.leadership.write(recordKeys.checkpointFailed, told, () => {});
    this.goOn(underWay);
  }

  private goOn(underWay: UnderWay): void {
    if (this.underWay !== underWay) return;
    this.underWay = undefined;
    this.passesSince = 0;
    this.savedAt = this.shell.now;
    this.shell.cancelTimer(checkpointTimer);
    underWay.done();
  }
}
