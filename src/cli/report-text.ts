/** The report of a training run for people: what came of it, what the filters saved, how long workers waited. */
import { percent } from "./figures.ts";
import { wrap } from "./output.ts";
import { megabytes } from "./progress-line.ts";
import type { TrainReport } from "./train-report.ts";

/** More slots than these are for `--json`. */
const slotsMax = 8;

export function reportText(report: TrainReport): string {
  const { seconds } = report;
  return [
    `ended by     ${report.ended_by} after ${report.passes} passes, ${report.tasks} tasks`,
    `seconds      ${seconds.train.toFixed(2)} to train, ${seconds.load.toFixed(2)} to load`,
    ...objectiveText(report),
    `model        ${report.nonzeros} non-zeros`,
    `sha256       ${report.model_sha256 ?? "none: the job left no model"}`,
    ...testText(report.test),
    trafficText(report.traffic),
    ...slotsText(report.workers),
    ...(report.bad_lines_skipped > 0 ? [`bad lines    ${report.bad_lines_skipped} skipped`] : []),
  ].join("\n");
}

function objectiveText({ objective, reference_objective, relative_gap }: TrainReport): readonly string[] {
  const found = `objective    ${objective.toFixed(6)}`;
  if (reference_objective === null || relative_gap === null) return [found];
  return [found, `relative gap ${relative_gap.toExponential(2)} above the optimum ${reference_objective}`];
}

function testText(test: TrainReport["test"]): readonly string[] {
  if (test === null) return [];
  const auc = test.auc === null ? "undefined (one class only)" : test.auc.toFixed(4);
  return [
    `test         accuracy ${percent(test.accuracy)}, AUC ${auc}, log-loss ${test.log_loss.toFixed(5)}`,
  ];
}

function trafficText({ sent_bytes, unfiltered_bytes, by_filter }: TrainReport["traffic"]): string {
  const sent = `traffic      ${megabytes(sent_bytes)} sent, ${megabytes(unfiltered_bytes)} without filters: ${(unfiltered_bytes / sent_bytes).toFixed(1)}x`;
  const saved = Object.entries(by_filter)
    .filter(([, bytes]) => bytes > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, bytes]) => `${kind} ${percent(bytes / unfiltered_bytes)}`);
  return saved.length === 0 ? sent : `${sent}\n${wrap("saved by     ", saved)}`;
}

function slotsText(workers: TrainReport["workers"]): readonly string[] {
  const lines = workers
    .slice(0, slotsMax)
    .map(
      ({ slot, busy_seconds, wait_seconds, idle_fraction }) =>
        `slot ${String(slot).padEnd(8)}busy ${busy_seconds.toFixed(2)} s, waited ${wait_seconds.toFixed(2)} s: ${percent(idle_fraction)} idle`,
    );
  if (workers.length > slotsMax)
    lines.push(`             and ${workers.length - slotsMax} more slots (--json)`);
  return lines;
}
