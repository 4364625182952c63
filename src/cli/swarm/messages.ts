/** What the swarm and its processes say to one another. */
import type { CheckCount } from "../../observe/index.ts";
import type { FailureClass, ScenarioInput, Verdict } from "../../sim/index.ts";
import type { RunKind } from "../../sim/swarm/index.ts";

/** A run to do: drawn from its seed, or as it is told. */
export type Order =
  | {
      readonly type: "seed";
      readonly seed: number;
      readonly kind: RunKind;
      readonly parents: readonly ScenarioInput[];
    }
  | { readonly type: "scenario"; readonly seed: number; readonly scenario: ScenarioInput };

/** Does it still fail like that? */
export interface ProbeOrder {
  readonly type: "probe";
  readonly scenario: ScenarioInput;
  /** Where its job file is found from. */
  readonly folder: string;
  readonly wanted: FailureClass;
}

/** What came of it. */
export interface Outcome {
  readonly seed: number;
  readonly kind: RunKind | "regression";
  /** The plan as it was run. */
  readonly scenario: ScenarioInput;
  /** `broken`: an invariant of the code itself did not hold, and the run ended there. */
  readonly verdict: Verdict | "broken";
  readonly reason: string | undefined;
  /** The check that was violated first. */
  readonly check: string | undefined;
  /** Which failure it is; undefined: it passed. */
  readonly failure: FailureClass | undefined;
  readonly traceHash: string;
  readonly events: number;
  readonly virtualSeconds: number;
  readonly wallMs: number;
  readonly checks: Readonly<Record<string, CheckCount>>;
  readonly facts: Readonly<Record<string, number>>;
  /** What faults did, by kind of event. */
  readonly faultEvents: Readonly<Record<string, number>>;
  readonly features: readonly string[];
}

export type FromChild =
  | { readonly type: "ready" }
  | { readonly type: "ran"; readonly outcome: Outcome }
  | {
      readonly type: "probed";
      readonly isFailing: boolean;
      /** Processor time of the process so far. */
      readonly cpuMs: number;
    };
