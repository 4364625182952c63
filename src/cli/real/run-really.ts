/** `tauring launch --scenario FILE`: a scenario on real processes, under the checkers that judge the simulator. */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { allCheckers, CheckRun, type Fact, violationText, worldName } from "../../observe/index.ts";
import {
  awaitedFaults,
  disappointments,
  FactWatch,
  jobOf,
  planOf,
  type RunReport,
  type Scenario,
} from "../../sim/index.ts";
import { defaultNodeOptions, type NodeId } from "../../core/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { checkWithApplication } from "../job-file.ts";
import { type LocalNodes, localClusterId } from "../local-nodes.ts";
import { readTraceFolder } from "../merge-traces.ts";
import { makeOutputFolder } from "../output-folder.ts";
import { etcdOptions, forgetRegistry, refuseFolder, type RegistryOptions } from "../registry.ts";
import { fieldInScenario, readScenario, workOf } from "../commands/sim-run.ts";
import { onSignal } from "../signals.ts";
import { referenceOf } from "../simulate.ts";
import { realRefusals } from "./capabilities.ts";
import { RealRun, type RealEnd } from "./real-run.ts";
import { busynessOf, stretchAwaited, stretchOf, suspectAfterMs } from "./stretch.ts";
import { timeless } from "./timeless.ts";

export interface RealOptions extends RegistryOptions {
  readonly seed?: string;
  /** A folder for each process's facts; undefined: one that is removed. */
  readonly trace?: string;
  readonly secondsMax: number;
  readonly say: (line: string) => void;
}

export interface RealReport {
  readonly scenario: Scenario;
  readonly report: RunReport;
  readonly stretch: number;
  readonly wallSeconds: number;
  readonly facts: number;
  readonly failed: readonly string[];
  readonly exitCode: number;
}

export async function runReally(path: string, options: RealOptions): Promise<RealReport> {
  const { value: scenario, place } = readScenario(path);
  refuseFolder(options);
  const clusterId = localClusterId(options);
  const etcd = etcdOptions(options, clusterId);
  const refusals = realRefusals(scenario, etcd !== undefined);
  if (refusals.length > 0)
    throw new CommandError(
      exitCodes.usage,
      `${path} cannot run on real processes:\n${refusals.map((text) => `  ${text}`).join("\n")}`,
    );
  const seed = options.seed ?? scenario.seed ?? "real";
  const { base } = await workOf(scenario, path, place);
  const spec = jobOf(scenario, base, seed);
  checkWithApplication({ spec, place: (field) => place(fieldInScenario(field)) });
  const stop = new AbortController();
  const signal = onSignal((name) => {
    options.say(`tauring: stopped by ${name}`);
    stop.abort();
  });
  const folder = options.trace ?? mkdtempSync(join(tmpdir(), "tauring-real-"));
  if (options.trace !== undefined) makeOutputFolder("--trace", options.trace);
  try {
    const referenceModel = await referenceOf(spec, signal);
    const { cluster } = scenario;
    const { servers, workers, managers, schedulers, virtualServers, replicas } = cluster;
    const busyness = busynessOf(loadavg()[0] / availableParallelism());
    const nodes: LocalNodes = {
      servers,
      workers,
      managers,
      schedulers,
      virtualServers,
      replicas,
      suspectAfterMs: suspectAfterMs(scenario, busyness),
      replaceAfterMs: defaultNodeOptions.replaceAfterMs,
      clusterId,
      port: 0,
      traceFolder: folder,
      recordFolder: undefined,
      registry: options,
    };
    const stretch = stretchOf(scenario, busyness);
    const started = performance.now();
    const end = await RealRun.run({
      plan: planOf(scenario, seed, spec),
      faults: awaitedFaults(scenario.faults, seed).map((one) => stretchAwaited(one, stretch)),
      nodes,
      traceFolder: folder,
      stretch,
      referenceModel,
      secondsMax: options.secondsMax,
      say: options.say,
      stop: stop.signal,
    });
    const wallSeconds = (performance.now() - started) / 1000;
    const facts = readTraceFolder(folder);
    const report = reportOf(scenario, { seed, end, facts, referenceModel });
    const failed = disappointments(timeless(scenario), report, spec);
    const badly = report.verdict === "undecided" ? exitCodes.undecided : exitCodes.violated;
    const exitCode = signal.code ?? (failed.length > 0 ? badly : exitCodes.success);
    return { scenario, report, stretch, wallSeconds, facts: facts.length, failed, exitCode };
  } finally {
    signal.release();
    await forgetRegistry(etcd);
    if (options.trace === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

interface Judged {
  readonly seed: string;
  readonly end: RealEnd;
  readonly facts: readonly Fact[];
  readonly referenceModel: string | undefined;
}

function reportOf(scenario: Scenario, { seed, end, facts, referenceModel }: Judged): RunReport {
  const run = new CheckRun(allCheckers(referenceModel));
  const watch = new FactWatch(scenario.expect.facts);
  const origin = facts[0]?.at ?? 0;
  for (const fact of facts) {
    run.observe(fact);
    const peer = "peer" in fact.fact ? (fact.fact.peer as NodeId) : undefined;
    watch.observe(fact.fact, fact.node === worldName ? peer : (fact.node as NodeId), fact.at - origin);
  }
  const { outcome, failure, isUndecided } = end;
  const isComplete = failure === undefined && !isUndecided;
  const endAt = facts.at(-1)?.at ?? 0;
  run.finish(isComplete, false, endAt);
  const [first] = run.violations;
  const verdict =
    first !== undefined ? "violated" : failure !== undefined ? "failed" : isUndecided ? "undecided" : "pass";
  const reason =
    first !== undefined
      ? violationText(first, origin)
      : (failure ?? (isUndecided ? "the time was over before the job was" : undefined));
  return {
    verdict,
    reason,
    seed,
    traceHash: "",
    events: facts.length,
    virtualSeconds: (endAt - origin) / 1e6,
    checks: run.counts,
    violations: run.violations,
    outcome,
    network: noNetwork,
    missedFaults: end.missedFaults,
    missedFacts: watch.finish(),
  };
}

const noNetwork: RunReport["network"] = { sent: 0, lost: 0, duplicated: 0, reordered: 0, reset: 0 };
