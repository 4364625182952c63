/** `tauring node decommission`, as an operator of the simulated world does it: by the registry, and by whoever acts there. */
import { type Event, type NodeId, parseNodeRecord, parseTermRecord, recordKeys } from "../../core/index.ts";
import type { Home, Life } from "./home.ts";
import type { SimulatedRegistry } from "./registry.ts";

interface Office {
  readonly homes: readonly Home[];
  readonly registry: Pick<SimulatedRegistry, "value">;
}

/** True: it is marked. Else the manager that acts, where one runs, is asked by `ask`. */
export function decommission(
  { homes, registry }: Office,
  node: NodeId,
  ask: (manager: Life, event: Event) => void,
): boolean {
  const own = registry.value(recordKeys.node(node));
  const known = own === undefined ? undefined : parseNodeRecord(own);
  if (typeof known === "object" && known.isDecommissioned === true) return true;
  const term = registry.value(recordKeys.term("manager"));
  const acting = term === undefined ? undefined : parseTermRecord(term);
  const leader = typeof acting === "object" ? acting.leader : undefined;
  const life = homes.find(({ id }) => id === leader)?.life;
  if (life?.state === "running") ask(life, { type: "decommission-requested", node });
  return false;
}
