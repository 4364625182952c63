/** One run of the swarm, with what it reached. */
import type { Violation } from "../../observe/index.ts";
import { failureClassOf, type RunReport, type ScenarioInput, scenarioSchema } from "../../sim/index.ts";
import { Coverage, drawRun } from "../../sim/swarm/index.ts";
import { messageOf } from "../exit.ts";
import { runDrawn } from "./drawn-run.ts";
import type { Order, Outcome } from "./messages.ts";

export function runOrder(order: Order): Outcome {
  const scenario = order.type === "seed" ? drawRun(order.seed, order.kind, order.parents) : order.scenario;
  const coverage = new Coverage();
  const faultEvents: Record<string, number> = {};
  const begin = performance.now();
  const ran = attempt(() =>
    runDrawn(scenarioSchema.parse(scenario), (fact) => coverage.observe(fact), {
      faultHappened: ({ type }) => {
        faultEvents[type] = (faultEvents[type] ?? 0) + 1;
      },
    }),
  );
  const { report } = ran;
  return {
    seed: order.seed,
    kind: order.type === "seed" ? order.kind : "regression",
    scenario,
    verdict: report?.verdict ?? "broken",
    reason: report === undefined ? ran.reason : report.reason,
    check: firstOf(report?.violations),
    failure: failureClassOf(report ?? { verdict: "broken", reason: ran.reason, violations: [] }),
    traceHash: report?.traceHash ?? "",
    events: report?.events ?? 0,
    virtualSeconds: report?.virtualSeconds ?? 0,
    wallMs: performance.now() - begin,
    checks: report?.checks ?? {},
    facts: coverage.factCounts(),
    faultEvents,
    features: coverage.features(),
  };
}

/** A broken invariant of the code is what a swarm looks for, too. */
function attempt(
  run: () => { readonly report: RunReport },
): { readonly report: RunReport } | { readonly report: undefined; readonly reason: string } {
  try {
    return { report: run().report };
  } catch (error) {
    return { report: undefined, reason: messageOf(error) };
  }
}

function firstOf(violations: readonly Violation[] | undefined): string | undefined {
  return violations?.[0]?.check;
}

/** As a scenario that is kept expects it: most expect to pass. */
export function isAsExpected({ verdict, scenario }: Pick<Outcome, "verdict" | "scenario">): boolean {
  return verdict === expectedVerdict(scenario);
}

function expectedVerdict({ expect }: ScenarioInput): string {
  return expect?.verdict ?? "pass";
}
