/** What a training run leaves to read: one JSON document, the same from both worlds. */
import {
  type Examples,
  filterKinds,
  type JobResult,
  type JobSpec,
  type NodeId,
  type NodeStatistics,
  type Progress,
  roleOf,
} from "../core/index.ts";
import { type Evaluation, evaluate } from "../data/index.ts";
import { modelHash } from "../observe/index.ts";
import type { Job } from "./job-file.ts";

export interface TrainReport {
  readonly schema_version: 1;
  readonly world: "sim" | "grpc";
  readonly job: string;
  readonly objective: number;
  readonly reference_objective: number | null;
  readonly relative_gap: number | null;
  readonly ended_by: string;
  readonly nonzeros: number;
  readonly passes: number;
  readonly tasks: number;
  readonly tau: number | null;
  readonly seconds: { readonly load: number; readonly train: number };
  readonly eta: number | null;
  readonly chosen: Readonly<Record<string, number>>;
  readonly workers: readonly {
    readonly slot: number;
    readonly busy_seconds: number;
    readonly wait_seconds: number;
    readonly idle_fraction: number;
  }[];
  readonly filtered_share: number;
  readonly traffic: {
    readonly sent_bytes: number;
    readonly unfiltered_bytes: number;
    readonly by_filter: Readonly<Record<string, number>>;
    readonly by_role: Readonly<Record<string, number>>;
  };
  readonly bad_lines_skipped: number;
  readonly test: { readonly accuracy: number; readonly auc: number | null; readonly log_loss: number } | null;
  readonly history: readonly HistoryEntry[];
  readonly model_sha256: string | null;
  readonly trace_hash: string | null;
}

export interface HistoryEntry {
  readonly pass: number;
  readonly objective: number;
  readonly seconds: number;
  readonly sent_bytes: number;
}

export interface TrainRun {
  readonly world: "sim" | "grpc";
  readonly job: Job;
  readonly spec: JobSpec;
  readonly outcome: JobResult;
  readonly progress: readonly Progress[];
  /** What the model is tested on, read before the run: a broken file does not cost a run. */
  readonly test: Examples | undefined;
  readonly traceHash: string | null;
}

export function trainReport(run: TrainRun): TrainReport {
  const { outcome, job, test } = run;
  const reference = job.reference ?? null;
  const model = outcome.model;
  const workers = outcome.nodes.flatMap(({ slots }) => slots).sort((a, b) => a.slot - b.slot);
  return {
    schema_version: 1,
    world: run.world,
    job: run.spec.name,
    objective: outcome.objective,
    reference_objective: reference,
    relative_gap: reference === null ? null : (outcome.objective - reference) / reference,
    ended_by: outcome.endedBy,
    nonzeros: outcome.nonzeros,
    passes: outcome.passes,
    tasks: Math.max(0, ...outcome.nodes.map(({ tasksFinished }) => tasksFinished)),
    tau: run.spec.tau,
    seconds: { load: outcome.loadMicros / 1e6, train: outcome.trainMicros / 1e6 },
    eta: outcome.chosen.eta ?? null,
    chosen: outcome.chosen,
    workers: workers.map(({ slot, busyMicros, waitMicros }) => ({
      slot,
      busy_seconds: busyMicros / 1e6,
      wait_seconds: waitMicros / 1e6,
      idle_fraction: busyMicros + waitMicros === 0 ? 0 : waitMicros / (busyMicros + waitMicros),
    })),
    filtered_share: outcome.filteredShare,
    traffic: traffic(outcome.nodes),
    bad_lines_skipped: outcome.badLines,
    test: model === undefined || test === undefined ? null : testResult(evaluate(model, test)),
    history: run.progress.map(({ pass, objective, elapsedMicros, sentBytes }) => ({
      pass,
      objective,
      seconds: elapsedMicros / 1e6,
      sent_bytes: sentBytes,
    })),
    model_sha256: model === undefined ? null : modelHash(model),
    trace_hash: run.traceHash,
  };
}

function testResult({ accuracy, auc, logLoss }: Evaluation): TrainReport["test"] {
  return { accuracy, auc: auc ?? null, log_loss: logLoss };
}

function traffic(nodes: readonly NodeStatistics[]): TrainReport["traffic"] {
  const sum = (of: (node: NodeStatistics) => number): number =>
    nodes.reduce((total, node) => total + of(node), 0);
  const ofRole = (role: string): number =>
    sum((node) => (roleOf(node.node as NodeId) === role ? node.sentBytes : 0));
  return {
    sent_bytes: sum(({ sentBytes }) => sentBytes),
    unfiltered_bytes: sum(({ unfilteredBytes }) => unfilteredBytes),
    by_filter: Object.fromEntries(
      filterKinds.map((kind, i) => [kind, sum(({ savedBytes }) => savedBytes[i] ?? 0)]),
    ),
    by_role: { worker: ofRole("worker"), server: ofRole("server") },
  };
}
