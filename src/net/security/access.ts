/**
 * Who may ask what of the Registry, Jobs and Admin services, by the name in the caller's certificate. Without TLS nobody has a
 * name, and whoever reaches the port may do everything.
 *
 * All owners of a certificate of the cluster may read. What each may write is what core's roles write
 * (`src/core/registry/records.ts`), and nothing else: no role deletes, or asks for a lease.
 */
import * as grpc from "@grpc/grpc-js";
import { isNodeId, recordKeys, type RegistryRequest, roleOf } from "../../core/index.ts";
import { checkClient } from "../transport/handshake.ts";
import { certificateNames, certificateRefusal, type Owner } from "./credentials.ts";

/** What a service lets in. */
export interface Door {
  readonly clusterId: string;
  readonly isTls: boolean;
}

export interface Refusal {
  readonly code: grpc.status;
  readonly reason: string;
}

type Call = Pick<grpc.ServerUnaryCall<unknown, unknown>, "metadata" | "getAuthContext">;
type Execute = Exclude<RegistryRequest, { readonly type: "watch" }>;
type Transaction = Extract<RegistryRequest, { readonly type: "transact" }>;

/** Records that are written where there is none, and never again. */
const writtenOnce: readonly string[] = [recordKeys.cluster, recordKeys.job, recordKeys.failure];
const ofNodes: readonly string[] = [recordKeys.cluster, recordKeys.failure];
const recordsOf: Readonly<Record<string, readonly string[]>> = {
  client: [recordKeys.job, recordKeys.checkpointWanted],
  server: ofNodes,
  worker: ofNodes,
  manager: [...ofNodes, recordKeys.term("manager"), recordKeys.view],
  scheduler: [
    ...ofNodes,
    recordKeys.term("scheduler"),
    recordKeys.slots,
    recordKeys.pass,
    recordKeys.progress,
    recordKeys.checkpoint,
    recordKeys.checkpointFailed,
    recordKeys.result,
  ],
};

/** Whether anyone with this protocol, cluster and certificate may call at all. */
export function callRefusal(call: Call, { clusterId, isTls }: Door): Refusal | undefined {
  const refused = checkClient(call.metadata, clusterId);
  if (refused !== undefined || !isTls) return refused;
  const reason = certificateRefusal(call.getAuthContext()?.sslPeerCertificate, undefined, clusterId);
  return reason === undefined ? undefined : denied(reason);
}

/** Whether the caller may ask this of the registry. */
export function requestRefusal(call: Call, request: Execute, door: Door): Refusal | undefined {
  if (!door.isTls || request.type === "read") return undefined;
  const owners = ownersOf(call, door);
  if (request.type !== "transact") return denied(`${saidOf(owners)}, and no node has use for a lease`);
  for (const { type, key } of request.writes) {
    if (type === "delete") return denied(`${saidOf(owners)}, which may not delete ${key}`);
    if (!owners.some((owner) => mayWrite(owner, key))) {
      return denied(`${saidOf(owners)}, which may not write ${key}`);
    }
    if (writtenOnce.includes(key) && !isFirst(request, key)) {
      return denied(`${saidOf(owners)}, which may write ${key} where there is none, and not replace it`);
    }
  }
  return undefined;
}

/** Whether the caller may have what came of the job. */
export function outcomeRefusal(call: Call, door: Door): Refusal | undefined {
  if (!door.isTls) return undefined;
  const owners = ownersOf(call, door);
  if (owners.some(({ role }) => role === "client")) return undefined;
  return denied(`${saidOf(owners)}, and outcomes are for clients (spiffe://CLUSTER/client)`);
}

/** Whether the caller may change who is in the cluster. */
export function adminRefusal(call: Call, door: Door): Refusal | undefined {
  if (!door.isTls) return undefined;
  const owners = ownersOf(call, door);
  if (owners.some(({ role }) => role === "admin")) return undefined;
  return denied(`${saidOf(owners)}, and this is for admins (spiffe://CLUSTER/admin)`);
}

function mayWrite({ role, node }: Owner, key: string): boolean {
  if (!Object.hasOwn(recordsOf, role)) return false;
  if (!key.startsWith(recordKeys.nodesPrefix)) return recordsOf[role].includes(key);
  const written = key.slice(recordKeys.nodesPrefix.length);
  return isNodeId(written) && roleOf(written) === role && (node === undefined || node === written);
}

function isFirst({ compare }: Transaction, key: string): boolean {
  return compare.some((comparison) => comparison.key === key && comparison.modified === 0);
}

function ownersOf(call: Call, { clusterId }: Door): readonly Owner[] {
  const names = certificateNames(call.getAuthContext()?.sslPeerCertificate);
  return names.filter(({ cluster }) => cluster === clusterId);
}

function saidOf(owners: readonly Owner[]): string {
  return `the certificate names ${owners.map(({ text }) => text).join(", ")}`;
}

function denied(reason: string): Refusal {
  return { code: grpc.status.PERMISSION_DENIED, reason };
}
