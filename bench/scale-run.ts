/** The process that `bench:scale` measures: a scenario from its file to its report, and what that took. */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { runnableOf } from "#tauring/cli/swarm/runnable.js";
import { parseScenario, runPlan } from "#tauring/sim/index.js";

export interface Simulated {
  readonly events: number;
  /** Of all threads, from the start of the process. */
  readonly processorSeconds: number;
  /** The most that was resident. */
  readonly peakBytes: number;
}

const path = process.argv[2];
const parsed = parseScenario(readFileSync(path, "utf8"), path);
if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
const { plan, options } = await runnableOf(parsed.value, dirname(path));
const report = runPlan(plan, options);
if (report.verdict !== "pass") throw new Error(report.reason ?? report.verdict);
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
const simulated: Simulated = {
  events: report.events,
  processorSeconds: (userCPUTime + systemCPUTime) / 1e6,
  peakBytes: maxRSS * 1024,
};
process.stdout.write(JSON.stringify(simulated));
