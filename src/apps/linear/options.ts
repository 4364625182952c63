/** The options of a linear job, each checked, none hidden. */
import type { JobSpec } from "../../core/index.ts";

export const solvers = ["dbpg", "bpg", "ftrl", "adagrad"] as const;
export type Solver = (typeof solvers)[number];
const elements = ["float32", "float64"] as const;

export interface LinearOptions {
  readonly solver: Solver;
  /** Of the parameter's values. The weights of dbpg and bpg need float64: they are exact sums. */
  readonly element: (typeof elements)[number];
  /** Weight of |w|_1; for ftrl and adagrad the lambda1 of their formulas. */
  readonly lambda: number;
  /** Weight of |w|^2 / 2 in the formulas of ftrl and adagrad. */
  readonly lambda2: number;
  /** Step size of dbpg and bpg; undefined: chosen from the data and tau. */
  readonly eta: number | undefined;
  /** Trust radius of a key at first, and at most. */
  readonly deltaInit: number;
  readonly deltaMax: number;
  /** The KKT filter's theta is `ratio` times the largest violation of the last pass over the number of examples. */
  readonly ratio: number;
  /** The job ends when a pass with every key active changes the objective by no more than this share. */
  readonly epsilon: number;
  readonly passesMax: number;
  /** The job ends at this relative distance to `reference`; undefined: at `epsilon`. */
  readonly gap: number | undefined;
  readonly reference: number | undefined;
  /** Number of key ranges of dbpg and bpg; undefined: four times the non-zeros per row. */
  readonly blocks: number | undefined;
  /** Rows of a slot in one minibatch of ftrl and adagrad. */
  readonly batchRows: number;
  /** Learning rate of ftrl and adagrad, and what it adds to the root of the squared gradients. */
  readonly alpha: number;
  readonly beta: number;
}

interface NumberRule {
  readonly byDefault: number | undefined;
  /** What the value must be, in words and as a test. */
  readonly must: string;
  readonly test: (value: number) => boolean;
  /** A word, or null, that means "no number". */
  readonly orWord?: string | null;
}

const isPositive = (value: number): boolean => value > 0 && value < Infinity;
const isNatural = (value: number): boolean => Number.isSafeInteger(value) && value > 0;
const isNotNegative = (value: number): boolean => value >= 0 && value < Infinity;
const positive = { must: "a positive number", test: isPositive };
const notNegative = { must: "a number that is not negative", test: isNotNegative };
const natural = { must: "a positive integer", test: isNatural };

const rules: Readonly<Record<Exclude<keyof LinearOptions, "solver" | "element">, NumberRule>> = {
  lambda: { byDefault: 1, ...notNegative },
  lambda2: { byDefault: 0, ...notNegative },
  eta: { byDefault: undefined, orWord: "auto", ...positive },
  deltaInit: { byDefault: 1, ...positive },
  deltaMax: { byDefault: 5, ...positive },
  ratio: { byDefault: 10, ...positive },
  epsilon: { byDefault: 1e-4, ...positive },
  passesMax: { byDefault: 1000, ...natural },
  gap: { byDefault: undefined, orWord: null, ...positive },
  reference: { byDefault: undefined, orWord: null, ...positive },
  blocks: { byDefault: undefined, orWord: null, ...natural },
  batchRows: { byDefault: 256, ...natural },
  alpha: { byDefault: 0.1, ...positive },
  beta: { byDefault: 1, ...positive },
};

/** Servers ask with each update. */
const checked: WeakMap<JobSpec, LinearOptions> = new WeakMap();

export function linearOptions(job: JobSpec): LinearOptions {
  let options = checked.get(job);
  if (options === undefined) checked.set(job, (options = checkedOptions(job)));
  return options;
}

function checkedOptions(job: JobSpec): LinearOptions {
  const { solver = "dbpg", element = "float64", ...given } = job.options;
  if (!solvers.some((known) => known === solver))
    throw new Error(`option solver: ${JSON.stringify(solver)} is none of ${solvers.join(", ")}`);
  if (!elements.some((known) => known === element))
    throw new Error(`option element: ${JSON.stringify(element)} is none of ${elements.join(", ")}`);
  for (const name of Object.keys(given))
    if (!Object.hasOwn(rules, name))
      throw new Error(`option ${name}: linear knows solver, element, ${Object.keys(rules).join(", ")}`);
  const numbers = Object.entries(rules).map(([name, rule]) => [name, numberOption(name, rule, given[name])]);
  const options = { solver, element, ...Object.fromEntries(numbers) } as LinearOptions;
  checkTogether(job, options);
  return options;
}

function numberOption(
  name: string,
  rule: NumberRule,
  value: JobSpec["options"][string] | undefined,
): number | undefined {
  if (value === undefined) return rule.byDefault;
  if (rule.orWord !== undefined && value === rule.orWord) return undefined;
  if (typeof value === "number" && rule.test(value)) return value;
  const orWord = rule.orWord === undefined ? "" : ` or ${JSON.stringify(rule.orWord)}`;
  throw new Error(`option ${name}: ${JSON.stringify(value)} is not ${rule.must}${orWord}`);
}

function checkTogether(job: JobSpec, options: LinearOptions): void {
  const { solver, element, gap, reference, deltaInit, deltaMax, lambda2 } = options;
  if (element === "float32" && (solver === "dbpg" || solver === "bpg"))
    throw new Error(
      `option element: ${solver} needs float64, whose sums are exact; ftrl and adagrad take float32`,
    );
  if (lambda2 > 0 && (solver === "dbpg" || solver === "bpg"))
    throw new Error(`option lambda2: ${solver} knows lambda alone; ftrl and adagrad take ${lambda2}`);
  if (gap !== undefined && reference === undefined)
    throw new Error(
      `option gap: ${gap} is measured from the option reference, the known optimum, which is missing`,
    );
  if (deltaInit > deltaMax)
    throw new Error(`option deltaInit: ${deltaInit} is above deltaMax ${deltaMax}; name one that is not`);
  if (solver === "bpg" && job.tau !== 0)
    throw new Error(`option solver: bpg is sequential, so tau must be 0, not ${job.tau}; dbpg takes any tau`);
  const isFiltered = [job.pushFilters, job.pullFilters].map((filters) =>
    filters.some((filter) => filter.kind === "kkt"),
  );
  if (solver !== "dbpg" && (isFiltered[0] || isFiltered[1]))
    throw new Error(`filter kkt belongs to the solver dbpg, not to ${solver}: leave one of them out`);
  if (isFiltered[0] !== isFiltered[1])
    throw new Error("filter kkt works on pushes and pulls together: name it for both or for neither");
}
