import { expect, test } from "vitest";
import { validateFilters } from "../../../src/core/filters/validate-filters.ts";
import type { FilterSpec, ParameterSpec } from "../../../src/core/index.ts";
import { parameter } from "../store/parameters.ts";

const modified: FilterSpec = { kind: "significantly-modified", threshold: 1, decay: 0 };
const skip: FilterSpec = { kind: "random-skip", probability: 0.5 };
const mark = [
  { name: "w", initial: 0 },
  { name: "mark", initial: 0 },
];
const startsAtOne = [{ name: "delta", initial: 1 }];

test.each<[string, number | null, Partial<ParameterSpec>]>([
  ["tau 0 has no significantly modified pushes", 0, { pushFilters: [modified] }],
  ["nor pulls", 0, { pullFilters: [modified] }],
  ["a filter twice", 4, { pushFilters: [skip, { ...skip, probability: 1 }] }],
  ["a probability of 0", 4, { pushFilters: [{ ...skip, probability: 0 }] }],
  ["a probability above 1", 4, { pushFilters: [{ ...skip, probability: 1.1 }] }],
  ["a negative threshold", 4, { pushFilters: [{ ...modified, threshold: -1 }] }],
  ["a decay that is not a number", 4, { pushFilters: [{ ...modified, decay: NaN }] }],
  ["four bytes", 4, { pushFilters: [{ kind: "fixed-point", bytes: 4 as 3 }] }],
  ["skipping assignments", 4, { pushFilters: [skip], update: { kind: "assign" } }],
  ["withholding assignments", 4, { pushFilters: [modified], update: { kind: "assign" } }],
  ["KKT on pulls without a mark", 4, { pullFilters: [{ kind: "kkt" }] }],
  ["skipping rows that do not begin at 0", 4, { pullFilters: [skip], columns: startsAtOne }],
  ["skipping what may be unchanged", 4, { pullFilters: [skip, modified] }],
])("is refused, with the parameter's name: %s", (_, tau, changes) => {
  expect(validateFilters(parameter(changes), tau)).toMatch(/^parameter w, (push|pull) filters: /);
});

test.each<[string, number | null, Partial<ParameterSpec>]>([
  ["none", 0, {}],
  ["significantly modified with a delay", 1, { pushFilters: [modified], pullFilters: [modified] }],
  ["or without any bound", null, { pushFilters: [modified], pullFilters: [modified] }],
  [
    "all that travel well together",
    2,
    {
      pushFilters: [
        { kind: "fixed-point", bytes: 1 },
        skip,
        modified,
        { kind: "kkt" },
        { kind: "key-caching" },
      ],
      pullFilters: [{ kind: "snappy" }, { kind: "kkt" }, modified, { kind: "fixed-point", bytes: 3 }],
      columns: mark,
    },
  ],
])("is allowed: %s", (_, tau, changes) => {
  expect(validateFilters(parameter(changes), tau)).toBeUndefined();
});
