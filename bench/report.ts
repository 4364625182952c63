/**
 * What every bench prints: figures beside the ceiling that was measured in the same run, and whether each goal, a ratio
 * of the two, was met. A table for people, one JSON document for programs.
 */
import { cpus, totalmem } from "node:os";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Figure {
  readonly what: string;
  /** Null: not run, and `note` says why. */
  readonly value: number | null;
  readonly unit: string;
  /** The ceiling, or another figure of this run that it is to be compared with. */
  readonly against?: { readonly what: string; readonly value: number };
  /** Of `value / against.value`, or of the value itself where there is nothing to compare it with. */
  readonly goal?: Goal;
  readonly note?: string;
}

export type Goal = { readonly atLeast: number } | { readonly atMost: number };

export interface BenchOptions {
  readonly isQuick: boolean;
  readonly isJson: boolean;
}

/** `--quick` is for seeing that a bench runs: its figures mean nothing. */
/** `more`: what this bench alone knows. */
export function benchOptions(...more: readonly string[]): BenchOptions {
  const known = ["--json", "--quick", ...more];
  for (const argument of process.argv.slice(2)) {
    if (!known.includes(argument)) throw new Error(`"${argument}" is none of ${known.join(", ")}`);
  }
  return { isQuick: process.argv.includes("--quick"), isJson: process.argv.includes("--json") };
}

export function print(bench: string, options: BenchOptions, figures: readonly Figure[]): void {
  if (options.isJson) {
    const rows = figures.map((figure) => ({ ...figure, ratio: ratioOf(figure), met: isMet(figure) }));
    const report = { schema_version: 1, bench, machine: machine(), quick: options.isQuick, figures: rows };
    process.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    return;
  }
  const rows = figures.map((figure) => [
    figure.what,
    figure.value === null ? "not run" : `${short(figure.value)} ${figure.unit}`,
    figure.against === undefined ? "" : `${short(figure.against.value)} ${figure.against.what}`,
    ratioOf(figure)?.toFixed(2) ?? "",
    figure.goal === undefined ? "" : goalText(figure.goal),
    isMet(figure) === null ? "" : isMet(figure) ? "met" : "MISSED",
    figure.note ?? "",
  ]);
  process.stdout.write(
    `${bench} on ${machine()}${options.isQuick ? " (quick: the figures mean nothing)" : ""}\n`,
  );
  process.stdout.write(`${table(["", "", "against", "ratio", "goal", "", ""], rows)}\n`);
}

export function ratioOf({ value, against }: Figure): number | null {
  return value === null || against === undefined ? null : value / against.value;
}

/** Null: there is no goal, or nothing was measured. */
export function isMet(figure: Figure): boolean | null {
  const { goal, value } = figure;
  const measured = figure.against === undefined ? value : ratioOf(figure);
  if (goal === undefined || measured === null) return null;
  return "atLeast" in goal ? measured >= goal.atLeast : measured <= goal.atMost;
}

function goalText(goal: Goal): string {
  return "atLeast" in goal ? `>= ${short(goal.atLeast)}` : `<= ${short(goal.atMost)}`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(...[head, ...rows].map((row) => row[column].length), title.length),
  );
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 || column === row.length - 1
          ? cell.padEnd(widths[column])
          : cell.padStart(widths[column]),
      )
      .join("  ")
      .trimEnd();
  return [line(head), ...rows.map(line)].join("\n");
}

/** Three figures that count. */
export function short(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size < -3) return value.toExponential(2);
  return size >= 3 ? Math.round(value).toLocaleString("en-US") : value.toFixed(Math.max(0, 2 - size));
}

export function machine(): string {
  const [{ model }] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} x ${model.trim()}, ${memory} GiB, node ${process.version}, ${process.platform}`;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Rounds over all variants, so that what disturbs the machine disturbs them alike: the median of each. */
export async function interleaved<Name extends string>(
  rounds: number,
  variants: Readonly<Record<Name, () => number | Promise<number>>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(variants) as Name[];
  const values = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) values.get(name)?.push(await variants[name]());
  }
  return Object.fromEntries(names.map((name) => [name, median(values.get(name) ?? [])])) as Record<
    Name,
    number
  >;
}

/** Seconds of one call, as the median over as many calls as fit in `milliseconds` (three at least, after one to warm up). */
export function secondsOf(milliseconds: number, run: () => void): number {
  run();
  const seconds: number[] = [];
  for (const end = performance.now() + milliseconds; seconds.length < 3 || performance.now() < end; ) {
    const begin = performance.now();
    run();
    seconds.push((performance.now() - begin) / 1000);
  }
  return median(seconds);
}

const warmMemory = { MALLOC_MMAP_THRESHOLD_: "1073741824", MALLOC_TRIM_THRESHOLD_: "4294967296" };

/**
 * Nodes that a cluster starts keep freed memory, which only the environment can say: a bench that measures transports in
 * its own process starts itself again with it. True: it did, and is done.
 */
export function isStartedAgain(moduleUrl: string): boolean {
  if (process.env.MALLOC_MMAP_THRESHOLD_ !== undefined) return false;
  const args = [...process.execArgv, fileURLToPath(moduleUrl), ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, {
    stdio: "inherit",
    env: { ...process.env, ...warmMemory },
  });
  process.exitCode = status ?? 1;
  return true;
}
