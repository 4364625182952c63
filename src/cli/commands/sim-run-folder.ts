/** `tauring sim run FOLDER`: every scenario of a folder, one line each, and how to repeat those that fail. */
import { exitCodes } from "../exit.ts";
import { print, printJson, say } from "../output.ts";
import { scenarioFiles } from "../scenario-files.ts";
import { runScenario, type ScenarioRun, type SimRunOptions } from "./sim-run.ts";

interface FolderOptions extends SimRunOptions {
  /** Each once more: the trace hash must be the same. */
  readonly twice?: boolean;
}

interface Row {
  readonly file: string;
  readonly run: ScenarioRun;
  readonly failed: readonly string[];
}

export async function simRunFolder(folder: string, options: FolderOptions): Promise<number> {
  const rows: Row[] = [];
  for (const file of scenarioFiles(folder)) {
    const row = await runRow(file, options);
    if (typeof row === "number") return row;
    rows.push(row);
    if (options.json !== true) print(line(row));
    for (const reason of row.failed) say(`tauring: not as expected: ${reason}`);
    if (row.failed.length > 0) say(replayOf(row));
  }
  const failed = rows.filter((row) => row.failed.length > 0);
  if (options.json === true) printJson(document(rows));
  else print(summary(rows, failed.length));
  const isUndecided = failed.length > 0 && failed.every(({ run }) => run.exitCode === exitCodes.undecided);
  if (isUndecided) return exitCodes.undecided;
  return failed.length > 0 ? exitCodes.violated : exitCodes.success;
}

async function runRow(file: string, options: FolderOptions): Promise<Row | number> {
  const run = await runScenario(file, { ...options, isQuiet: true });
  if (typeof run === "number" || options.twice !== true)
    return typeof run === "number" ? run : { file, run, failed: run.failed };
  const again = await runScenario(file, { ...options, isQuiet: true });
  if (typeof again === "number") return again;
  const [first, second] = [run.report.traceHash, again.report.traceHash];
  const differs = first === second ? [] : [`the same seed gave the trace ${first} and then ${second}`];
  return { file, run, failed: [...run.failed, ...differs] };
}

function replayOf({ file, run }: Row): string {
  return `replay: tauring sim run ${file} --seed ${run.seed}`;
}

function line({ file, run, failed }: Row): string {
  const { events, virtualSeconds } = run.report;
  const outcome = failed.length === 0 ? "ok    " : "FAILED";
  return `${outcome} ${file}  ${events} events, ${virtualSeconds.toFixed(2)} virtual s, ${run.wallSeconds.toFixed(2)} s`;
}

function summary(rows: readonly Row[], failedCount: number): string {
  const events = rows.reduce((sum, { run }) => sum + run.report.events, 0);
  const seconds = rows.reduce((sum, { run }) => sum + run.wallSeconds, 0);
  const said = failedCount === 0 ? "all as expected" : `${failedCount} not as expected`;
  return `${rows.length} scenarios, ${said}: ${events} events in ${seconds.toFixed(1)} s`;
}

function document(rows: readonly Row[]): unknown {
  return {
    schema_version: 1,
    scenarios: rows.map(({ file, run, failed }) => ({
      file,
      name: run.scenario.name,
      seed: run.seed,
      verdict: run.report.verdict,
      reason: run.report.reason ?? null,
      not_as_expected: failed,
      trace_hash: run.report.traceHash,
      events: run.report.events,
      virtual_seconds: run.report.virtualSeconds,
      wall_seconds: run.wallSeconds,
      checks: run.report.checks,
    })),
  };
}
