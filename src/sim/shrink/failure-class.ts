/** Which failure a run is: shrinking must not slip from the one that was found into another. */
import { allCheckers, type Violation } from "../../observe/index.ts";
import type { Verdict } from "../scenario/run.ts";

export interface FailureClass {
  /** `broken`: an invariant of the code itself did not hold. */
  readonly verdict: Exclude<Verdict, "pass"> | "broken";
  /** The check that is violated, where one is. */
  readonly check: string | undefined;
  /** What is said, without its numbers; undefined: whatever is said. */
  readonly words: string | undefined;
}

/** What of a run tells its failures. */
export interface RunEnding {
  readonly verdict: Verdict | "broken";
  readonly reason: string | undefined;
  readonly violations: readonly Violation[];
}

/** The failure that is told first; undefined where the run passed. */
export function failureClassOf({ verdict, reason, violations }: RunEnding): FailureClass | undefined {
  if (verdict === "pass") return undefined;
  const [first] = violations;
  if (first !== undefined) return { verdict: "violated", check: first.check, words: wordsOf(first.message) };
  // What waits, and for what, is another list with each change.
  return { verdict, check: undefined, words: verdict === "undecided" ? undefined : wordsOf(reason ?? "") };
}

const verdicts = ["failed", "undecided", "broken"] as const;

/** As `--keep` names it: a check, or a verdict. */
export function failureClassNamed(name: string): FailureClass | undefined {
  const verdict = verdicts.find((one) => one === name);
  if (verdict !== undefined) return { verdict, check: undefined, words: undefined };
  if (checkNames().includes(name)) return { verdict: "violated", check: name, words: undefined };
  return undefined;
}

/** Every word that `failureClassNamed` knows. */
export function failureClassNames(): readonly string[] {
  return [...checkNames(), ...verdicts];
}

function checkNames(): readonly string[] {
  return allCheckers(undefined).map(({ id }) => id);
}

export function isOfClass({ verdict, reason, violations }: RunEnding, wanted: FailureClass): boolean {
  const isSaid = (text: string): boolean => wanted.words === undefined || wordsOf(text) === wanted.words;
  if (wanted.check !== undefined)
    return violations.some(({ check, message }) => check === wanted.check && isSaid(message));
  return verdict === wanted.verdict && isSaid(reason ?? "");
}

/** Numbers differ from run to run, and how many are listed. */
function wordsOf(text: string): string {
  return text
    .split("\n")[0]
    .replace(/[0-9a-f]{16,}/g, "#")
    .replace(/\d+(\.\d+)?/g, "#")
    .replace(/#(, ?#)+/g, "#");
}
