/**
 * Rolls the whole job back to its newest checkpoint that is whole, where a segment has no holder left (docs/protocol.md 14): one
 * transaction begins another lineage, and nothing of the one before has an effect any more.
 */
import { type Manifest, type ManifestPart, parseManifest, refuseJob } from "../checkpoint/manifest.ts";
import { taskTime } from "../ids.ts";
import type { Observation } from "../observation.ts";
import type { LineageRecord } from "../registry/lineage-record.ts";
import {
  type CheckpointRecord,
  parseCheckpointRecord,
  parsePassRecord,
  recordKeys,
} from "../registry/records.ts";
import type { Comparison, RegistryWrite } from "../registry/registry.ts";
import type { View, ViewSegment } from "../ring/view.ts";
import type { Shell } from "../shell.ts";
import { lostReason, whatWouldHelp } from "./lost-state.ts";
import { planRollback, type Servers } from "./plan-view.ts";

export interface RollbackPlan {
  readonly view: View;
  readonly compare: readonly Comparison[];
  readonly writes: readonly RegistryWrite[];
  readonly fact: (term: number) => Observation;
  /** It is done: checkpoints of this run that were passed over are kept no longer. */
  readonly done: () => void;
}

export type RollbackState =
  /** A checkpoint is being looked at, or no server lives that could go on: it is asked for again. */
  | { readonly type: "waiting" }
  | { readonly type: "planned"; readonly plan: RollbackPlan }
  /** The job ends, for this reason. */
  | { readonly type: "impossible"; readonly reason: string };

interface Search {
  /** Of the registry's record as it began; 0: there is none. */
  readonly modified: number;
  /** It may have been damaged since it was looked at for the rollback before. */
  readonly lineage: number;
  readonly record: CheckpointRecord | undefined;
  /** Not looked at yet, the newest first. */
  readonly names: string[];
  readonly refused: string[];
  /** It is whole. */
  found: Manifest | undefined;
}

export class Rollback {
  private readonly shell: Shell;
  /** What was being looked at is known: the next view may be asked for again. */
  private readonly ready: () => void;
  private search: Search | undefined;

  constructor(shell: Shell, ready: () => void) {
    this.shell = shell;
    this.ready = ready;
  }

  /** As far as is known before a checkpoint was looked at. */
  get isPossible(): boolean {
    const { job } = this.shell;
    return job !== undefined && job.policy?.lostRange !== "fail" && this.candidates().length > 0;
  }

  next(view: View, lost: ViewSegment, servers: Servers): RollbackState {
    const { shell } = this;
    const reason = lostReason(shell, view, lost);
    if (!this.isPossible) return { type: "impossible", reason: reason + whatWouldHelp(shell) };
    const { found, refused, names } = this.searched();
    if (found === undefined && names.length > 0) return { type: "waiting" };
    if (found === undefined) {
      return { type: "impossible", reason: `${reason}; no checkpoint is whole: ${refused.join("; ")}` };
    }
    const next = planRollback(view, servers, shell.options.replicas, found.name);
    if (next === undefined) return { type: "waiting" };
    return { type: "planned", plan: this.planOf(next, found, { segment: lost.begin, reason }) };
  }

  private planOf(
    view: View,
    { name: checkpoint, pass, sequence }: Manifest,
    lost: { readonly segment: number; readonly reason: string },
  ): RollbackPlan {
    const { shell } = this;
    const { number, lineage } = view;
    const first = taskTime(pass.first);
    const key = recordKeys.lineage;
    const begun = shell.record(recordKeys.pass);
    const newest = begun === undefined ? undefined : parsePassRecord(begun.value);
    const reached = taskTime(typeof newest === "object" ? Math.max(newest.first, first) : first);
    const { modified, record } = this.searched();
    const rest = this.recordFrom(checkpoint, { first: pass.first, sequence }, record);
    return {
      view,
      compare: [
        { key, modified: shell.record(key)?.modified ?? 0 },
        { key: recordKeys.checkpoint, modified },
        // A job that has ended is not begun again.
        { key: recordKeys.result, modified: 0 },
        { key: recordKeys.failure, modified: 0 },
      ],
      // Whoever is told of the view has been told of the lineage: changes come in the order of writes, or of keys.
      writes: [
        put(key, { lineage, view: number, checkpoint, first, reason: lost.reason } satisfies LineageRecord),
        ...rest,
      ],
      fact: (term) => {
        return { type: "job-rolled-back", term, checkpoint, lineage, view: number, ...lost, first, reached };
      },
      done: () => this.removePassedOver(checkpoint, record),
    };
  }

  /** Checkpoints that were passed over are named no more. */
  private recordFrom(
    name: string,
    { first, sequence }: { readonly first: number; readonly sequence: number },
    record: CheckpointRecord | undefined,
  ): readonly RegistryWrite[] {
    if (record === undefined || record.name === name) return [];
    const key = recordKeys.checkpoint;
    const at = record.older.indexOf(name);
    // It is of an earlier run, which keeps it.
    if (at < 0) return [{ type: "delete", key }];
    const older = record.older.slice(at + 1);
    const highest = Math.max(record.sequence, sequence);
    return [put(key, { name, sequence: highest, first, answers: record.answers, older })];
  }

  /** No record names them any more, so nobody else would ever remove them. */
  private removePassedOver(name: string, record: CheckpointRecord | undefined): void {
    const own = record === undefined ? [] : [record.name, ...record.older];
    const at = own.indexOf(name);
    const checkpoints = at < 0 ? own : own.slice(0, at);
    if (checkpoints.length > 0) this.shell.checkpoints({ type: "remove", checkpoints }, () => {});
  }

  /** Of the newest record: another checkpoint may have been taken meanwhile. */
  private searched(): Search {
    const record = this.shell.record(recordKeys.checkpoint);
    const modified = record?.modified ?? 0;
    const lineage = this.shell.view?.lineage ?? 0;
    if (this.search?.modified === modified && this.search.lineage === lineage) return this.search;
    const search: Search = {
      modified,
      lineage,
      record: this.record(),
      names: [...this.candidates()],
      refused: [],
      found: undefined,
    };
    this.search = search;
    this.look(search);
    return search;
  }

  private look(search: Search): void {
    const [checkpoint] = search.names;
    const { shell } = this;
    const { job } = shell;
    if (checkpoint === undefined || job === undefined) return this.ready();
    shell.checkpoints({ type: "read-manifest", checkpoint }, (answer) => {
      if (this.search !== search) return;
      const manifest =
        answer.type === "read-manifest"
          ? parseManifest(answer.text)
          : "reason" in answer
            ? answer.reason
            : `it was answered by "${answer.type}"`;
      if (typeof manifest === "string") return this.passOver(search, manifest);
      const refusal = refuseJob(manifest, job);
      if (refusal !== undefined) return this.passOver(search, refusal);
      this.readParts(search, manifest, 0);
    });
  }

  /** One after the other: none is kept, and a damaged one is found before anybody relies on it. */
  private readParts(search: Search, manifest: Manifest, nth: number): void {
    const part: ManifestPart | undefined = manifest.parts[nth];
    if (part === undefined) {
      search.found = manifest;
      return this.ready();
    }
    const { bytes, sha256 } = part;
    const [checkpoint] = search.names;
    this.shell.checkpoints(
      { type: "read-part", checkpoint, part: part.part, written: { bytes, sha256 } },
      (answer) => {
        if (this.search !== search) return;
        if (answer.type === "read-part") return this.readParts(search, manifest, nth + 1);
        this.passOver(
          search,
          "reason" in answer ? answer.reason : `part ${part.part} was answered by "${answer.type}"`,
        );
      },
    );
  }

  private passOver(search: Search, reason: string): void {
    const checkpoint = search.names.shift() as string;
    search.refused.push(`${checkpoint}: ${reason}`);
    this.shell.observe({ type: "checkpoint-passed-over", checkpoint, reason });
    this.look(search);
  }

  private record(): CheckpointRecord | undefined {
    const record = this.shell.record(recordKeys.checkpoint);
    const parsed = record === undefined ? undefined : parseCheckpointRecord(record.value);
    return typeof parsed === "object" ? parsed : undefined;
  }

  /** Those of this run, the newest first, and the one that it went on from. */
  private candidates(): readonly string[] {
    const record = this.record();
    const { resume } = this.shell.job ?? {};
    const own = record === undefined ? [] : [record.name, ...record.older];
    return resume === undefined || own.includes(resume) ? own : [...own, resume];
  }
}

function put(key: string, value: unknown): RegistryWrite {
  return { type: "put", key, value: JSON.stringify(value), lease: 0 };
}
