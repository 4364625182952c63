/** Why a run fails: the facts that its failure follows from, and no others. */
import {
  allCheckers,
  causalSlice,
  CheckRun,
  diagram,
  type Fact,
  factLine,
  withCauses,
} from "../../observe/index.ts";
import type { FailureClass } from "../../sim/index.ts";

export interface Because {
  /** One line a fact, the last is the failure. */
  readonly text: string;
  readonly svg: string;
}

/** As a person can still read it. */
const factsMax = 60;

export function because(facts: readonly Fact[], wanted: FailureClass, title: string): Because | undefined {
  const index = failingFact(facts, wanted);
  if (index === undefined) return undefined;
  const shown = causalSlice(withCauses(facts), index, factsMax);
  const lines = shown.map((i) => `${i === index ? ">" : " "} ${factLine(i, facts[i], 0)}`);
  const svg = diagram(facts, { shown, title, marked: index, origin: 0 });
  return { text: `${[title, ...lines].join("\n")}\n`, svg };
}

/** Where the check is violated first, or the job fails; undefined where nothing that happens is the failure. */
function failingFact(facts: readonly Fact[], { check }: FailureClass): number | undefined {
  if (check === undefined) {
    const failed = facts.findIndex(({ fact }) => fact.type === "job-failed");
    return failed === -1 ? undefined : failed;
  }
  const run = new CheckRun(allCheckers(undefined));
  for (const [index, fact] of facts.entries()) {
    run.observe(fact);
    if (run.violations.some((violation) => violation.check === check)) return index;
  }
  return facts.length === 0 ? undefined : facts.length - 1;
}
