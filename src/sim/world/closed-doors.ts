/** Over gRPC the address of a process that died refuses, and managers hear of it before they miss its heartbeats. */
import { type Event, parseNodeRecord, recordKeys, roleOf } from "../../core/index.ts";
import type { Cuts } from "./cuts.ts";
import type { Home, Life } from "./home.ts";
import type { SimulatedRegistry } from "./registry.ts";

interface World {
  readonly homes: readonly Home[];
  readonly registry: Pick<SimulatedRegistry, "value">;
  readonly cuts: Cuts;
}

/** Who hears what of the death of a node, as far as the registry knew it and nothing is cut between them. */
export function closedDoors(
  { homes, registry, cuts }: World,
  dead: Life,
): readonly (readonly [Life, Event])[] {
  const { id } = dead.home;
  const value = registry.value(recordKeys.node(id));
  const record = value === undefined ? undefined : parseNodeRecord(value);
  if (typeof record !== "object") return [];
  const event: Event = { type: "peer-refused", peer: id, incarnation: record.incarnation };
  return homes.flatMap(({ id: other, life }) =>
    life === undefined || other === id || roleOf(other) !== "manager" || cuts.between(other, id) !== undefined
      ? []
      : [[life, event] as const],
  );
}
