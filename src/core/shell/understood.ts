/**
 * A record is understood once, however many nodes of one process are told of it: a thousand simulated nodes hear of a
 * thousand others. What it says is shared, and nobody changes it.
 */
import type { RegistryRecord } from "../registry/registry.ts";

export function understood<Meaning extends object | string>(
  parse: (text: string) => Meaning,
): (record: RegistryRecord) => Meaning {
  const known: WeakMap<RegistryRecord, Meaning> = new WeakMap();
  return (record) => {
    let meaning = known.get(record);
    if (meaning === undefined) known.set(record, (meaning = parse(record.value)));
    return meaning;
  };
}
