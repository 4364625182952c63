/** Is a fact the one that is meant: its type, who says it, and what its fields say. */
import type { NodeId, Observation } from "../../core/index.ts";
import type { Target, Trigger } from "./fault.ts";

export interface SaidFact {
  readonly node: string | undefined;
  readonly fact: Observation;
}

export function matches(
  { node, where, fact: type }: Pick<Trigger, "fact" | "node" | "where">,
  said: SaidFact,
  who: (target: Target) => NodeId | undefined,
): boolean {
  if (said.fact.type !== type) return false;
  if (node !== undefined && said.node !== (node.startsWith("@") ? who(node) : node)) return false;
  return Object.entries(where).every(([path, expected]) => {
    const found = fieldAt(said.fact, path);
    if (typeof expected === "string" && expected.startsWith("@")) return found === who(expected);
    return found === expected || (expected === null && found === undefined);
  });
}

/** `push.slot` is the slot of the push, `slots.0` the first of the slots. */
function fieldAt(fact: object, path: string): unknown {
  let value: unknown = fact;
  for (const name of path.split(".")) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}
