/** How commands reach a running cluster: through any of its nodes. */
import {
  type AdminAccess,
  type AdminRefusal,
  findCluster,
  type FoundCluster,
  isLoopback,
} from "../net/index.ts";
import { splitAddress } from "./address.ts";
import { CommandError, exitCodes } from "./exit.ts";
import { type TlsOptions, tlsFiles } from "./tls.ts";

export interface ClusterOptions extends TlsOptions {
  /** Any nodes of the cluster, with commas between; the first that answers names the others. */
  readonly connect: string;
  readonly cluster?: string;
  readonly timeoutMs: number;
  readonly json?: boolean;
}

export interface ReachedCluster extends FoundCluster {
  readonly access: AdminAccess;
}

export async function reachCluster(options: ClusterOptions): Promise<ReachedCluster> {
  const [addresses, access] = [addressesOf(options), accessOf(options)];
  const answer = await findCluster(addresses, access);
  if (answer.ok) return { ...answer.found, access };
  throw unreachable(answer, addresses, access);
}

export function addressesOf({ connect }: ClusterOptions): readonly string[] {
  const addresses = connect.split(",");
  for (const address of addresses) splitAddress(address, "--connect");
  return addresses;
}

export function accessOf(options: ClusterOptions): AdminAccess {
  return { tls: tlsFiles(options), clusterId: options.cluster, timeoutMs: options.timeoutMs };
}

/** None of the addresses answered, or the first that did said no. */
export function unreachable(
  refusal: AdminRefusal,
  addresses: readonly string[],
  access: AdminAccess,
): CommandError {
  return refusedAs(refusal, helpFor(refusal, addresses, access));
}

/** What a node's refusal means for the command. */
export function refusedAs({ kind, reason }: AdminRefusal, help: string): CommandError {
  const codes = {
    unreachable: exitCodes.unreachable,
    denied: exitCodes.refused,
    refused: exitCodes.refused,
    late: exitCodes.violated,
  } as const;
  return new CommandError(codes[kind], help === "" ? reason : `${reason}${help}`);
}

function helpFor({ kind }: AdminRefusal, addresses: readonly string[], { tls }: AdminAccess): string {
  if (kind !== "unreachable") return "";
  const isLocal = addresses.every((address) => isLoopback(splitAddress(address, "--connect").host));
  if (!isLocal && tls === undefined)
    return "; clusters of several machines need --tls-cert, --tls-key and --tls-ca";
  return "; any node of the cluster answers: tauring launch says where its manager listens (--connect)";
}
