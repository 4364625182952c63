/**
 * `tauring sim fluid`: how idle workers are for each delay, by a model of flows that is calibrated on a run of messages. With
 * `--check` each delay is run by messages too.
 */
import type { JobResult } from "../../core/index.ts";
import { Calibration, type FluidPlan, planOf, runFluid, type Scenario } from "../../sim/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { print, printJson, say } from "../output.ts";
import { runScenario } from "./sim-run.ts";

/** In points of idle time: further apart, the model is wrong. */
const differenceMax = 3;

export interface FluidOptions {
  readonly taus: readonly number[];
  readonly workers?: number;
  readonly servers?: number;
  readonly passes?: number;
  readonly check?: boolean;
  readonly seed?: string;
  readonly json?: boolean;
}

interface Row {
  readonly tau: number;
  /** In percent. */
  readonly idle: number;
  readonly seconds: number;
  /** By messages; null where they were not run. */
  readonly messages: number | null;
}

export async function simFluid(path: string, options: FluidOptions): Promise<number> {
  const calibrated = await calibrate(path, options);
  if (typeof calibrated === "number") return calibrated;
  const { plan } = calibrated;
  const adapted: FluidPlan = {
    ...plan,
    // The data are spread over more workers: each has less of them.
    workers: options.workers ?? plan.workers,
    servers: options.servers ?? plan.servers,
    passes: options.passes ?? plan.passes,
  };
  const rows: Row[] = [];
  for (const tau of options.taus) {
    const { idleMean, seconds } = runFluid({ ...adapted, tau });
    const messages = options.check === true ? await idleByMessages(path, tau, options.seed) : null;
    rows.push({ tau, idle: 100 * idleMean, seconds, messages });
  }
  if (options.json === true) printJson({ schema_version: 1, plan: adapted, rows });
  else print(table(adapted, rows));
  const worst = Math.max(
    0,
    ...rows.map(({ idle, messages }) => (messages === null ? 0 : Math.abs(idle - messages))),
  );
  if (worst <= differenceMax) return exitCodes.success;
  say(`tauring: the model is ${worst.toFixed(1)} points of idle time off, more than ${differenceMax}`);
  return exitCodes.violated;
}

async function calibrate(
  path: string,
  { seed }: FluidOptions,
): Promise<{ readonly plan: FluidPlan } | number> {
  const calibration = new Calibration();
  const run = await runScenario(path, {
    ...(seed === undefined ? {} : { seed }),
    isQuiet: true,
    witness: {
      observe: (fact) => calibration.observe(fact),
      stepped: (step) => calibration.stepped(step),
    },
  });
  if (typeof run === "number") return run;
  const { outcome } = run.report;
  const { network, cost } = planOf(run.scenario, run.seed, run.job);
  const measured = outcome === undefined ? undefined : calibration.measured(outcome, network.link.delay);
  if (measured === undefined) {
    const what = "its job has no passes of block updates and evaluations, or did not end";
    throw new CommandError(exitCodes.usage, `${path}: ${what}; a job of the solver dbpg has them`);
  }
  const { egressBytesPerSecond, ingressBytesPerSecond, link } = network;
  const { servers } = run.scenario.cluster;
  const nic = { egressBytesPerSecond, ingressBytesPerSecond };
  return { plan: { ...measured, ...nic, seed: run.seed, servers, tau: null, delay: link.delay, cost } };
}

async function idleByMessages(path: string, tau: number, seed: string | undefined): Promise<number> {
  const adapt = (scenario: Scenario): Scenario => ({
    ...scenario,
    cluster: { ...scenario.cluster, consistency: { kind: "bounded", tau } },
  });
  const run = await runScenario(path, { ...(seed === undefined ? {} : { seed }), isQuiet: true, adapt });
  const outcome = typeof run === "number" ? undefined : run.report.outcome;
  if (outcome === undefined)
    throw new CommandError(exitCodes.violated, `${path}: with tau ${tau} the job did not end`);
  return 100 * idleOf(outcome);
}

function idleOf({ nodes }: JobResult): number {
  const slots = nodes.flatMap((node) => node.slots);
  const shares = slots.map(({ busyMicros, waitMicros }) => waitMicros / Math.max(1, busyMicros + waitMicros));
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length);
}

function table(plan: FluidPlan, rows: readonly Row[]): string {
  const { workers, servers, passes, blocks } = plan;
  const cell = (text: string): string => text.padStart(10);
  return [
    `${workers} workers, ${servers} servers, ${passes} passes of ${blocks} blocks`,
    ["tau", "idle %", "seconds", "messages %"].map(cell).join(""),
    ...rows.map(({ tau, idle, seconds, messages }) =>
      [String(tau), idle.toFixed(1), seconds.toFixed(3), messages === null ? "-" : messages.toFixed(1)]
        .map(cell)
        .join(""),
    ),
  ].join("\n");
}
