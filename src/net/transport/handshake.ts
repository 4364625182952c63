/** Who is calling: what the metadata of a call says, and what is refused (docs/wire.md). */
import * as grpc from "@grpc/grpc-js";
import { type NodeId, isNodeId, protocolVersion } from "../../core/index.ts";

export interface Identity {
  readonly node: NodeId;
  /** 0 before the node is registered. */
  readonly incarnation: number;
  readonly clusterId: string;
}

export type Checked =
  | {
      readonly ok: true;
      readonly node: NodeId;
      readonly incarnation: number;
      readonly isKnock: boolean;
    }
  | { readonly ok: false; readonly code: grpc.status; readonly reason: string };

const keys = {
  protocol: "tauring-protocol",
  cluster: "tauring-cluster",
  node: "tauring-node",
  incarnation: "tauring-incarnation",
  knock: "tauring-knock",
} as const;

export function identityMetadata(identity: Identity, isKnock: boolean): grpc.Metadata {
  const metadata = clientMetadata(identity.clusterId);
  metadata.set(keys.node, identity.node);
  metadata.set(keys.incarnation, String(identity.incarnation));
  if (isKnock) metadata.set(keys.knock, "1");
  return metadata;
}

/** Of callers that are no nodes; they may not know the cluster's id. */
export function clientMetadata(clusterId: string | undefined): grpc.Metadata {
  const metadata = new grpc.Metadata();
  metadata.set(keys.protocol, String(protocolVersion));
  if (clusterId !== undefined) metadata.set(keys.cluster, headerText(clusterId));
  return metadata;
}

/** Checks a node at the other end, whichever side called. */
export function checkIdentity(metadata: grpc.Metadata, clusterId: string): Checked {
  const refused = checkClient(metadata, clusterId);
  if (refused !== undefined) return refused;
  if (first(metadata, keys.cluster) === undefined) {
    return refuse(grpc.status.INVALID_ARGUMENT, `the metadata has no ${keys.cluster}`);
  }
  const node = first(metadata, keys.node) ?? "";
  if (!isNodeId(node)) {
    return refuse(
      grpc.status.INVALID_ARGUMENT,
      `${keys.node} is "${node}", not a node's name such as server-3`,
    );
  }
  const incarnation = Number(first(metadata, keys.incarnation) ?? "missing");
  if (!Number.isSafeInteger(incarnation) || incarnation < 0) {
    return refuse(grpc.status.INVALID_ARGUMENT, `${keys.incarnation} is not a non-negative integer`);
  }
  return { ok: true, node, incarnation, isKnock: first(metadata, keys.knock) === "1" };
}

/** Checks any caller: the protocol it speaks and, where it names one, its cluster. */
export function checkClient(
  metadata: grpc.Metadata,
  clusterId: string,
): Extract<Checked, { ok: false }> | undefined {
  const protocol = first(metadata, keys.protocol);
  if (protocol !== String(protocolVersion)) {
    const spoken = protocol === undefined ? "no protocol version" : `protocol version ${protocol}`;
    return refuse(
      grpc.status.FAILED_PRECONDITION,
      `the caller speaks ${spoken}, this node speaks ${protocolVersion}`,
    );
  }
  const cluster = first(metadata, keys.cluster);
  if (cluster !== undefined && cluster !== headerText(clusterId)) {
    return refuse(
      grpc.status.FAILED_PRECONDITION,
      `the caller belongs to cluster "${cluster}", this node to "${clusterId}"`,
    );
  }
  return undefined;
}

/** What a node says to a caller of its own name. */
export function twinRefusal(node: NodeId): string {
  return `${node} runs here already`;
}

/** `reason` as a dial tells it, with the status before it. */
export function isTwinRefusal(reason: string, node: NodeId): boolean {
  return reason.endsWith(`: ${twinRefusal(node)}`);
}

function first(metadata: grpc.Metadata, key: string): string | undefined {
  const value = metadata.get(key)[0];
  return value === undefined ? undefined : String(value).slice(0, 256);
}

/** Metadata is printable ASCII: anything else travels escaped. */
function headerText(text: string): string {
  return encodeURIComponent(text).slice(0, 256);
}

function refuse(code: grpc.status, reason: string): Extract<Checked, { ok: false }> {
  return { ok: false, code, reason };
}
