/** What a training run leaves to read: one JSON document, the same from both worlds. */
import {
  filterKinds,
  type JobResult,
  type JobSpec,
  type Model,
  type NodeStatistics,
  type Progress,
  roleOf,
  type NodeId,
} from "../core/index.ts";
import { type DataSource, type Evaluation, evaluate, loadShare } from "../data/index.ts";
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

/** A progress report with when it came, in seconds since the first task. */
export interface TimedProgress {
  readonly progress: Progress;
  readonly seconds: number;
}

export interface TrainRun {
  readonly world: "sim" | "grpc";
  readonly job: Job;
  readonly spec: JobSpec;
  readonly outcome: JobResult;
  readonly progress: readonly TimedProgress[];
  readonly traceHash: string | null;
}

export async function trainReport(run: TrainRun): Promise<TrainReport> {
  const { outcome, job } = run;
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
    test: model === undefined || job.test === undefined ? null : testResult(await testModel(model, job.test)),
    history: run.progress.map(({ progress, seconds }) => ({
      pass: progress.pass,
      objective: progress.objective,
      seconds,
      sent_bytes: progress.sentBytes,
    })),
    model_sha256: model === undefined ? null : modelHash(model),
    trace_hash: run.traceHash,
  };
}

export async function testModel(model: Model, source: DataSource): Promise<Evaluation> {
  const { examples } = await loadShare(source, 0, 1);
  return evaluate(model, examples);
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

/** A few lines for people. */
export function describeReport(report: TrainReport): string {
  const { traffic: bytes, seconds, test } = report;
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  const lines = [
    `ended by ${report.ended_by} after ${report.passes} passes, ${report.tasks} tasks, ${seconds.train.toFixed(2)} s (loading ${seconds.load.toFixed(2)} s)`,
    `objective    ${report.objective.toFixed(6)}${report.reference_objective === null ? "" : `   optimum ${report.reference_objective}   relative gap ${(report.relative_gap ?? 0).toExponential(2)}`}`,
    `model        ${report.nonzeros} non-zeros, sha256 ${report.model_sha256 ?? "none"}`,
  ];
  if (test !== null) {
    lines.push(
      `test         accuracy ${percent(test.accuracy)}   AUC ${test.auc?.toFixed(4) ?? "undefined"}   log-loss ${test.log_loss.toFixed(5)}`,
    );
  }
  const saved = Object.entries(bytes.by_filter)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} ${percent(count / bytes.unfiltered_bytes)}`);
  lines.push(
    `traffic      ${megabytes(bytes.sent_bytes)} sent, ${megabytes(bytes.unfiltered_bytes)} without filters (${(bytes.unfiltered_bytes / bytes.sent_bytes).toFixed(1)}x); saved by ${saved.length === 0 ? "none" : saved.join(", ")}`,
  );
  for (const worker of report.workers) {
    lines.push(
      `slot ${String(worker.slot).padEnd(7)} busy ${worker.busy_seconds.toFixed(2)} s, waited ${worker.wait_seconds.toFixed(2)} s (${percent(worker.idle_fraction)} idle)`,
    );
  }
  if (report.bad_lines_skipped > 0) lines.push(`bad lines    ${report.bad_lines_skipped} skipped`);
  return lines.join("\n");
}

export function describeProgress(
  { progress, seconds }: TimedProgress,
  reference: number | undefined,
): string {
  const gap =
    reference === undefined
      ? ""
      : `   gap ${((progress.objective - reference) / reference).toExponential(2)}`;
  return (
    `pass ${String(progress.pass).padStart(3)}   ${seconds.toFixed(2).padStart(7)} s   objective ${progress.objective.toFixed(4)}${gap}` +
    `   non-zeros ${progress.nonzeros}   sent ${megabytes(progress.sentBytes)}   filtered ${(100 * progress.filteredShare).toFixed(1)} %`
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
