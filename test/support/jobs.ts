/** Small jobs and applications for tests of one role. */
import type {
  Application,
  JobOutcome,
  JobSpec,
  ParameterSpec,
  Schedule,
  ShareSummary,
  SlotProgram,
} from "../../src/core/index.ts";

export function jobSpec(changes: Partial<JobSpec> = {}): JobSpec {
  return {
    schema: "tauring.job/1",
    name: "trial",
    application: "trial",
    seed: "1",
    slotCount: 2,
    tau: 0,
    pushFilters: [],
    pullFilters: [],
    options: {},
    source: { rows: 4 },
    keyMax: "99",
    ...changes,
  };
}

/** One column `w` over the keys 0 to 99 in ten blocks; pushes are added. */
export function parameterSpec(changes: Partial<ParameterSpec> = {}): ParameterSpec {
  return {
    name: "weights",
    span: { begin: 0n, end: 100n },
    keyBlockCount: 10,
    layout: "sparse",
    element: "float64",
    columns: [{ name: "w", initial: 0 }],
    scalars: [],
    pushWidth: 1,
    pulled: [0],
    update: { kind: "add" },
    pushFilters: [],
    pullFilters: [],
    isProvenance: false,
    ...changes,
  };
}

export const share: ShareSummary = { rows: 2, nonzeros: 4, badLines: 0, loadMicros: 10 };

export const outcome: JobOutcome = {
  endedBy: "epsilon",
  objective: 1.5,
  nonzeros: 3,
  passes: 2,
  filteredShare: 0,
  chosen: {},
  model: { keys: Uint32Array.of(7, 0), weights: Float64Array.of(1) },
  nodes: [],
};

export interface ApplicationParts {
  readonly parameters?: readonly ParameterSpec[];
  readonly schedule?: (...args: Parameters<Application["schedule"]>) => Schedule;
  readonly slotProgram?: (job: JobSpec, slot: number) => SlotProgram;
}

/** An application of parts; what a test does not give is never asked for. */
export function application(parts: ApplicationParts): Application {
  return {
    name: "trial",
    parameters: () => parts.parameters ?? [parameterSpec()],
    updates: {},
    functions: {},
    slotProgram: (job, slot) => {
      if (parts.slotProgram === undefined) throw new Error("this application has no worker part");
      return parts.slotProgram(job, slot);
    },
    schedule: (...args) => {
      if (parts.schedule === undefined) throw new Error("this application has no scheduler part");
      return parts.schedule(...args);
    },
  };
}
