/** Scripted workloads as they are written: `kind: script`. */
import { z } from "zod";

const keyMost = 2 ** 32 - 1;
const key = z.number().int().min(0).max(keyMost);
const keysMost = 10_000;

const which = {
  keys: z.array(key).min(1).max(keysMost).optional(),
  /** From the first up to, and without, the second. */
  range: z.tuple([key, key]).optional(),
};

const step = z.strictObject({
  /** A slot, several, or every one. */
  by: z
    .union([z.literal("all"), z.number().int().min(0), z.array(z.number().int().min(0)).min(1)])
    .default("all")
    .transform((by) => (by === "all" ? undefined : typeof by === "number" ? [by] : by)),
  push: z.strictObject({ ...which, value: z.number() }).optional(),
  pull: z.strictObject({ ...which, seesOwnPush: z.boolean().default(false) }).optional(),
  /** What each key that is pulled is then, or between what. */
  expect: z
    .union([
      z.number().transform((value) => ({ min: value, max: value })),
      z
        .strictObject({ min: z.number().optional(), max: z.number().optional() })
        .transform(({ min = -Number.MAX_VALUE, max = Number.MAX_VALUE }) => ({ min, max })),
    ])
    .optional(),
  /** Steps by their place in the list, from 0, instead of what the consistency asks for. */
  after: z.array(z.number().int().min(0)).max(100).optional(),
});

export const script = z
  .strictObject({
    kind: z.literal("script"),
    keyMax: key.default(999),
    steps: z.array(step).min(1).max(1000),
  })
  .superRefine(({ keyMax, steps }, context) => {
    steps.forEach((one, i) => {
      const wrong = (path: (string | number)[], message: string): void =>
        context.addIssue({ code: "custom", path: ["steps", i, ...path], message });
      if (one.push === undefined && one.pull === undefined) wrong([], "a step has a push, a pull or both");
      if (one.expect !== undefined && one.pull === undefined) wrong(["expect"], "only a pull brings values");
      const later = (one.after ?? []).findIndex((other) => other >= i);
      if (later >= 0) wrong(["after", later], `a step waits for those before it in the list`);
      for (const part of ["push", "pull"] as const) {
        const { keys, range } = one[part] ?? { keys: [0] };
        if ((keys === undefined) === (range === undefined)) wrong([part], "says keys or range, one of them");
        const past = (keys ?? []).findIndex((one) => one > keyMax);
        if (past >= 0) wrong([part, "keys", past], `keys are up to keyMax ${keyMax}`);
        if (
          range !== undefined &&
          (range[0] >= range[1] || range[1] > keyMax + 1 || range[1] - range[0] > keysMost)
        ) {
          wrong([part, "range"], `a range has 1 to ${keysMost} keys, up to keyMax ${keyMax}`);
        }
        if (keys !== undefined && new Set(keys).size < keys.length)
          wrong([part, "keys"], "a key is named twice");
      }
    });
  });
