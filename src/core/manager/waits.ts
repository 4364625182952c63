/** What a manager waits for before there is a first view. */
import type { Micros } from "../ids.ts";
import type { Wait } from "../node.ts";
import { recordKeys } from "../registry/records.ts";
import type { Shell } from "../shell.ts";
import { missingServers, serversIn } from "./servers.ts";

export function managerWaits(
  shell: Pick<Shell, "id" | "leader" | "members" | "options" | "record">,
  { isLeading, since }: { readonly isLeading: boolean; readonly since: Micros },
): readonly Wait[] {
  if (isLeading && shell.record(recordKeys.view) !== undefined) return [];
  const leader = shell.leader("manager");
  // Another one leads: this one has nothing to do.
  if (!isLeading && leader !== undefined && leader.node !== shell.id) return [];
  const wait = { node: shell.id, since, blocked: "view 1" };
  const missing = isLeading ? missingServers(shell) : [];
  if (missing.length > 0) {
    const count = `${serversIn(shell).length} of ${shell.options.serverCount} servers registered`;
    const edge = { kind: "members", missing } as const;
    return [{ ...wait, waitsFor: `${missing.join(", ")} (${count})`, edge }];
  }
  const key = isLeading ? recordKeys.view : recordKeys.term("manager");
  return [{ ...wait, waitsFor: `the registry to write ${key}`, edge: { kind: "registry", key } }];
}
