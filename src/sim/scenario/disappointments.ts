/** What the scenario expects and the run does not show. */
import type { JobSpec } from "../../core/index.ts";
import { isSafetyCheck } from "./loss-budget.ts";
import type { RunReport } from "./run.ts";
import type { Scenario } from "./scenario.ts";

/** Empty where all is as expected. */
export function disappointments(scenario: Scenario, report: RunReport, job: JobSpec): readonly string[] {
  const { expect } = scenario;
  const found: string[] = [];
  if (scenario.budget?.lane === "safety-only") {
    const unsafe = report.violations.filter(({ check }) => isSafetyCheck(check));
    found.push(
      ...unsafe.map(({ check, message }) => `beyond the budget ${check} holds all the same: ${message}`),
    );
  } else if (report.verdict !== expect.verdict) {
    found.push(
      `the verdict is ${report.verdict}, expected ${expect.verdict}: ${report.reason ?? "no reason given"}`,
    );
  }
  if (expect.faults === "all-happen") {
    for (const { index, reason } of report.missedFaults)
      found.push(`faults.${index} did not happen: it ${reason}`);
  }
  found.push(...report.missedFacts);
  for (const id of expect.checks) {
    const check = report.checks[id];
    if (check === undefined) found.push(`expect.checks: there is no check ${id}`);
    else if (check.evaluated === 0) found.push(`expect.checks: ${id} had nothing to decide`);
  }
  return [
    ...found,
    ...outcomeDisappointments(scenario, report, job),
    ...countDisappointments(scenario, report),
  ];
}

function outcomeDisappointments(
  { expect }: Scenario,
  { outcome }: RunReport,
  job: JobSpec,
): readonly string[] {
  const found: string[] = [];
  const { endedBy, passesMax } = expect.outcome;
  const { reference } = job.options;
  if (expect.gapMax !== undefined && typeof reference === "number" && outcome !== undefined) {
    const gap = (outcome.objective - reference) / reference;
    if (!(gap <= expect.gapMax))
      found.push(`the relative gap is ${gap}, expected at most gapMax ${expect.gapMax}`);
  }
  if (endedBy !== undefined && outcome?.endedBy !== endedBy) {
    found.push(`the job was ended by ${outcome?.endedBy ?? "nothing"}, expected ${endedBy}`);
  }
  if (passesMax !== undefined && !((outcome?.passes ?? Number.POSITIVE_INFINITY) <= passesMax)) {
    found.push(`the job took ${outcome?.passes ?? "no"} passes, expected at most passesMax ${passesMax}`);
  }
  return found;
}

function countDisappointments({ expect, seed }: Scenario, report: RunReport): readonly string[] {
  const found: string[] = [];
  if (expect.eventsMin !== undefined && report.events < expect.eventsMin) {
    found.push(`${report.events} events happened, expected at least eventsMin ${expect.eventsMin}`);
  }
  if (expect.traceHash !== undefined && report.traceHash !== expect.traceHash && report.seed === seed) {
    found.push(`the trace hash is ${report.traceHash}, expected ${expect.traceHash}`);
  }
  return found;
}
