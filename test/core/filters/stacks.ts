import * as fc from "fast-check";
import { slot, taskTime } from "../../../src/core/ids.ts";
import { keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import { encodePush, type PushRows } from "../../../src/core/filters/push-filters.ts";
import { LossyState } from "../../../src/core/filters/lossy-state.ts";
import type { Element, EncodedValues, FilterSpec, PushIdentity, Values } from "../../../src/core/index.ts";
import { parameter } from "../store/parameters.ts";

export function identity(time: number, op: number = 0): PushIdentity {
  return { parameter: 0, slot: slot(1), time: taskTime(time), op };
}

/** Any lossy stack, listed in any order. */
export const lossyStack: fc.Arbitrary<FilterSpec[]> = fc.shuffledSubarray<FilterSpec>([
  { kind: "key-caching" },
  { kind: "snappy" },
  { kind: "kkt" },
  { kind: "significantly-modified", threshold: 2, decay: 0.5 },
  { kind: "random-skip", probability: 0.5 },
  { kind: "fixed-point", bytes: 2 },
]);

export interface PushCase {
  readonly request: PushRows;
  readonly keys: readonly number[];
}

/** A push of up to 60 keys of 16 key blocks, through any stack. */
export const pushCase: fc.Arbitrary<PushCase> = fc
  .record({
    keys: fc.uniqueArray(fc.nat(999), { maxLength: 60 }),
    filters: lossyStack,
    width: fc.integer({ min: 1, max: 3 }),
    element: fc.constantFrom<Element>("float32", "float64"),
    values: fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 180, maxLength: 180 }),
    active: fc.option(fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 60, maxLength: 60 })),
    time: fc.nat(5),
  })
  .map(({ keys, filters, width, element, values, active, time }) => {
    const sorted = keys.sort((a, b) => a - b);
    return {
      keys: sorted,
      request: {
        spec: parameter({ element, pushWidth: width, pushFilters: filters }),
        jobSeed: "seed",
        identity: identity(time),
        keys: keyListFromNumbers(sorted),
        values: typed(element, values.slice(0, width * sorted.length)),
        active: active === null ? undefined : Uint8Array.from(active.slice(0, sorted.length)),
      },
    };
  });

export function typed(element: Element, values: readonly number[]): Values {
  return element === "float32" ? Float32Array.from(values) : Float64Array.from(values);
}

/** Encodes with a state of its own. */
export function encodeAlone(request: PushRows): ReturnType<typeof encodePush> {
  return encodePush(request, new LossyState(request.spec));
}

/** What travels, without what only the sender knows. */
export function wire(encoded: EncodedValues): object {
  const { element, width, count, mask, data, fixed, scale, base, cleared } = encoded;
  return {
    element,
    width,
    count,
    scale,
    base,
    mask: mask && [...mask],
    cleared: cleared && [...cleared],
    data: [...data],
    fixed: fixed && {
      bytes: fixed.bytes,
      blocks: [...fixed.blocks],
      extremes: [...fixed.extremes],
      rows: [...fixed.rows],
    },
  };
}
