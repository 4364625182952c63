/** Where two traces part. */
import type { Fact } from "../fact.ts";

export interface TraceDifference {
  /** The number of facts before it, which are the same. */
  readonly index: number;
  /** Undefined: that trace had ended. */
  readonly left: Fact | undefined;
  readonly right: Fact | undefined;
  /** What a fact of one and the same type says differently. */
  readonly fields: readonly string[];
}

/** Undefined where they are the same. */
export function firstDifference(left: readonly Fact[], right: readonly Fact[]): TraceDifference | undefined {
  const length = Math.max(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const [a, b] = [left[index], right[index]];
    if (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b)) continue;
    return { index, left: a, right: b, fields: a === undefined || b === undefined ? [] : fieldsOf(a, b) };
  }
  return undefined;
}

function fieldsOf(a: Fact, b: Fact): readonly string[] {
  const names = new Set([...Object.keys(a.fact), ...Object.keys(b.fact)]);
  const values = (fact: Fact, name: string): string | undefined =>
    JSON.stringify((fact.fact as unknown as Record<string, unknown>)[name]);
  const found = [...names].filter((name) => values(a, name) !== values(b, name));
  return [...(a.at === b.at ? [] : ["at"]), ...(a.node === b.node ? [] : ["node"]), ...found];
}
