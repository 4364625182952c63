/** The registry that a node of a cluster is given: where it is, and whether this node may use it. */
import path from "node:path";
import { type NodeOptions, recordKeys } from "../../core/index.ts";
import { monotonicMicros } from "../driver/clock.ts";
import { EmbeddedRegistry } from "../registry/embedded-registry.ts";
import type { EtcdOptions } from "../registry/etcd/etcd-options.ts";
import { EtcdRegistry } from "../registry/etcd/etcd-registry.ts";
import {
  RegistryClient,
  type RegistryClientOptions,
  registryRequestTimeoutMs,
} from "../registry/registry-client.ts";
import type { RegistryPort } from "../registry/registry-port.ts";
import { type Security, clientCredentials } from "../security/credentials.ts";
import type { TransportLimits } from "../transport/limits.ts";
import { runningTwin } from "./running-twin.ts";

export type RegistryPlace =
  /** Embedded in this process, and served to all; without a path it is kept in memory. */
  | { readonly type: "serve"; readonly path: string | undefined }
  /** Served by the manager at `host:port`. */
  | { readonly type: "connect"; readonly address: string }
  /** In etcd; the manager serves it to whoever knows only the manager. */
  | { readonly type: "etcd"; readonly etcd: EtcdOptions };

/** What of a node its registry must know. */
interface Applicant {
  readonly options: Pick<NodeOptions, "id" | "clusterId">;
  readonly security: Security;
  readonly limits: TransportLimits;
  readonly registry: RegistryPlace;
  readonly log: (line: string) => void;
}

interface RegistryEvents {
  /** What it keeps on disk cannot be kept any more. */
  readonly broke: (reason: string) => void;
  /** This node is of another cluster or version. */
  readonly refused: (reason: string) => void;
}

export function openRegistry(node: Applicant, { broke, refused }: RegistryEvents): Promise<RegistryPort> {
  const { registry, log } = node;
  if (registry.type === "serve") {
    return EmbeddedRegistry.open({ path: registry.path, now: monotonicMicros, broke, repaired: log });
  }
  if (registry.type === "etcd") {
    return Promise.resolve(new EtcdRegistry(registry.etcd, { refused, troubled: log }));
  }
  return Promise.resolve(connect(node, registry.address, { refused, troubled: log }));
}

function connect(
  { security, options, limits }: Applicant,
  address: string,
  events: Pick<RegistryClientOptions, "refused" | "troubled">,
): RegistryClient {
  return new RegistryClient({
    address,
    credentials: clientCredentials(security.tls, "manager", options.clusterId),
    clusterId: options.clusterId,
    limits,
    requestTimeoutMs: registryRequestTimeoutMs,
    ...events,
  });
}

/** Every node of a cluster whose job has ended stops, and one that came with an old registry would not say why. */
export async function checkUnused(place: RegistryPlace, registry: RegistryPort): Promise<void> {
  if (place.type === "connect" || (place.type === "serve" && place.path === undefined)) return;
  const answer = await registry.execute({ type: "read", prefix: "" });
  const records = answer.type === "records" ? answer.records : [];
  const end = records.find(({ key }) => key === recordKeys.result || key === recordKeys.failure);
  if (end === undefined) return;
  const how = end.key === recordKeys.result ? "has ended" : "has failed";
  const { where, help } = placeText(place);
  throw new Error(
    `the registry in ${where} holds a job that ${how}, and a registry serves one job: start with ${help}`,
  );
}

/** Two of one name: the later one would be taken for the earlier one's restart, and end the job. */
export async function checkAlone(node: Applicant, registry: RegistryPort): Promise<void> {
  const { options, security, limits, registry: place } = node;
  if (place.type === "serve") return;
  // What this one is refused, the node itself is told when it has begun.
  const asked = place.type === "connect" ? connect(node, place.address, {}) : registry;
  const search = { node: options.id, clusterId: options.clusterId, security, limits };
  const address = await runningTwin(search, asked);
  if (asked !== registry) await asked.close();
  if (address === undefined) return;
  throw new Error(
    `${options.id} is running already, at ${address}: start with another --id, or end that one`,
  );
}

function placeText(place: RegistryPlace): { readonly where: string; readonly help: string } {
  if (place.type === "etcd") {
    const { keyPrefix } = place.etcd;
    const help = `another --cluster, or remove this one's records (etcdctl del --prefix ${keyPrefix})`;
    return { where: `etcd under ${keyPrefix}`, help };
  }
  const folder = place.type === "serve" && place.path !== undefined ? path.dirname(place.path) : "memory";
  return { where: folder, help: "another folder, or remove this one" };
}
