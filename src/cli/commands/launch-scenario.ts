/** `tauring launch --scenario FILE`: what `sim run` shows in virtual time, on processes of this machine. */
import { print, printJson, say, wrap } from "../output.ts";
import type { RegistryOptions } from "../registry.ts";
import { type RealReport, runReally } from "../real/run-really.ts";

export interface LaunchScenarioOptions extends RegistryOptions {
  readonly seed?: string;
  readonly trace?: string;
  readonly secondsMax: number;
  readonly json?: boolean;
}

export async function launchScenario(path: string, options: LaunchScenarioOptions): Promise<number> {
  const run = await runReally(path, { ...options, say: told });
  if (options.json === true) printJson(document(run));
  else print(text(run));
  for (const line of run.failed) say(`tauring: not as expected: ${line}`);
  if (options.trace !== undefined) say(`written ${options.trace}`);
  if (run.failed.length > 0) say(`replay: tauring launch --scenario ${path} --seed ${run.report.seed}`);
  return run.exitCode;
}

/** What becomes of connections that the scenario breaks, and of nodes that leave, is no news. */
function told(line: string): void {
  if (!line.endsWith("closed by the peer") && !line.startsWith("E Failed to connect to proxy")) say(line);
}

function document({ report, stretch, wallSeconds, facts, failed }: RealReport): unknown {
  return {
    schema_version: 1,
    world: "real",
    verdict: report.verdict,
    reason: report.reason ?? null,
    seed: report.seed,
    stretch,
    wall_seconds: wallSeconds,
    facts,
    checks: report.checks,
    violations: report.violations,
    not_as_expected: failed,
  };
}

function text({ scenario, report, stretch, wallSeconds, facts }: RealReport): string {
  const { verdict, reason, checks } = report;
  const counts = Object.entries(checks).map(([id, { evaluated, violations }]) =>
    violations === 0 ? `${id} ${evaluated}` : `${id} ${evaluated} (${violations} VIOLATED)`,
  );
  return [
    `${scenario.name}: ${verdict} on real processes${reason === undefined ? "" : `: ${reason}`}`,
    `facts        ${facts} in ${report.virtualSeconds.toFixed(3)} s; with start and end ${wallSeconds.toFixed(1)} s`,
    `stretch      ${stretch.toFixed(1)}: every time of the scenario is so many times as long`,
    wrap("checks       ", counts),
  ].join("\n");
}
