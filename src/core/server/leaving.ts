/** A server that was asked to leave goes when no view lists it any more. */
import type { Micros } from "../ids.ts";
import type { Wait } from "../node.ts";
import { recordKeys } from "../registry/records.ts";
import type { Shell } from "../shell.ts";

export interface Leaving {
  readonly reason: string;
  readonly since: Micros;
}

export function leavingWaits(
  { id, view }: Pick<Shell, "id" | "view">,
  leaving: Leaving | undefined,
): readonly Wait[] {
  if (leaving === undefined) return [];
  const held = view?.segments.filter(({ holders, filling }) => holders.includes(id) || filling.includes(id));
  const waitsFor = `other servers to take over its ${held?.length ?? 0} segments`;
  const edge = { kind: "registry", key: recordKeys.view } as const;
  return [{ node: id, since: leaving.since, blocked: `${id} is leaving`, waitsFor, edge }];
}
