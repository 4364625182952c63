/** Runs a scenario until it is known whether it fails as another did. */
import {
  type FailureClass,
  isOfClass,
  PlanRun,
  type RunEnding,
  type ScenarioInput,
  scenarioSchema,
} from "../../sim/index.ts";
import type { Fact } from "../../observe/index.ts";
import { messageOf } from "../exit.ts";
import type { ProbeOrder } from "./messages.ts";
import { runnableOf } from "./runnable.ts";

/** Items between two looks at what was violated. */
const sliceItems = 500;

export async function isFailing({ scenario, folder, wanted }: ProbeOrder): Promise<boolean> {
  return isOfClass(await endingOf({ scenario, folder, wanted }), wanted);
}

export interface EndingOptions {
  readonly scenario: ScenarioInput;
  readonly folder: string;
  /** Undefined: the run goes on to its end. */
  readonly wanted?: FailureClass;
  readonly observe?: (fact: Fact) => void;
}

/** Where the check is violated that is sought, what comes after it does not matter. */
export async function endingOf({ scenario, folder, wanted, observe }: EndingOptions): Promise<RunEnding> {
  try {
    const { plan, options } = await runnableOf(scenarioSchema.parse(scenario), folder);
    const run = new PlanRun(plan, observe === undefined ? options : { ...options, observe });
    for (;;) {
      const report = run.runSlice(sliceItems);
      if (report !== undefined) return report;
      const { violations } = run;
      if (wanted?.check === undefined || violations.length === 0) continue;
      const ending = { verdict: "violated", reason: undefined, violations } as const;
      if (isOfClass(ending, wanted)) return ending;
    }
  } catch (error) {
    return { verdict: "broken", reason: messageOf(error), violations: [] };
  }
}
