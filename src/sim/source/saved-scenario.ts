/** What was watched and done by hand as a scenario file that stands by itself. */
import { dirname, join, relative } from "node:path";
import { parse, stringify } from "yaml";
import { extended } from "../scenario/extends.ts";
import { formatScenario } from "../scenario/format.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { type ByHand, micros } from "./by-hand.ts";

/** A scenario as it was read. */
export interface ScenarioFile {
  readonly path: string;
  readonly text: string;
  /** The text of a file that it extends, by its path from there. */
  readonly read?: (path: string) => string;
}

export interface Watched {
  readonly file: ScenarioFile;
  readonly scenario: Scenario;
  readonly seed: string;
  /** Where it is going to stand: paths in it are from there. */
  readonly path: string;
  readonly hands: readonly ByHand[];
  readonly branches: readonly { readonly at: number; readonly seed: string }[];
  /** Of the run, where it was watched to its end. */
  readonly verdict: string | undefined;
}

const byHandWords = "What was done by hand to this: ";

type Fields = Readonly<Record<string, unknown>>;

export function savedScenario({ file, scenario, seed, path, hands, branches, verdict }: Watched): string {
  const whole = extended(parse(file.text), file.read);
  if ("message" in whole) throw new Error(whole.message);
  // What the first scenario expects is not what happens where more is done to the cluster.
  const { extends: _extends, expect: _expect, ...kept } = whole.value as Fields;
  const faults = [...((kept.faults ?? []) as readonly Fields[]), ...hands.map(({ raw }) => raw)];
  const reseeds = [
    ...((kept.reseeds ?? []) as readonly Fields[]),
    ...branches.map(({ at, seed: next }) => ({ at: micros(at), seed: next })),
  ];
  const fields: Record<string, unknown> = {
    ...kept,
    why: scenario.why.startsWith(byHandWords) ? scenario.why : `${byHandWords}${scenario.why}`,
    seed,
    faults,
    reseeds,
    workload: scenario.workload.map((work) =>
      work.kind === "train"
        ? { ...work, job: relative(dirname(path), join(dirname(file.path), work.job)) }
        : work,
    ),
    ...(verdict === undefined ? {} : { expect: { verdict } }),
  };
  if (reseeds.length === 0) delete fields.reseeds;
  if (faults.length === 0) delete fields.faults;
  return formatScenario(stringify(fields));
}
