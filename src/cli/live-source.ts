/** A live cluster as a source of screens. */
import { existsSync } from "node:fs";
import { type AdminAccess, type Hands, LiveSource } from "../net/index.ts";
import { unreachable } from "./cluster-access.ts";
import { CommandError, exitCodes } from "./exit.ts";
import { type TlsOptions, tlsFiles } from "./tls.ts";

export interface LiveOptions extends TlsOptions {
  readonly cluster?: string;
}

/** As `tauring launch` listens. */
const defaultAddress = "127.0.0.1:7070";
const addressPattern = /^(\[[0-9a-fA-F:]+\]|[^:\s/]+):[0-9]{1,5}$/;
const timeoutMs = 2_000;
const intervalMs = 100;
const lookMs = 20;
/** A node that does not answer is shown as it is. */
const settledWithinMs = 3_000;

/** Nodes of a live cluster; undefined: they are files. */
export function addressesOfTargets(targets: readonly string[]): readonly string[] | undefined {
  if (targets.length === 0) return [defaultAddress];
  const addresses = targets.flatMap((target) => target.split(","));
  const isAddress = addresses.map((text) => addressPattern.test(text) && !existsSync(text));
  if (isAddress.every(Boolean)) return addresses;
  if (!isAddress.some(Boolean)) return undefined;
  const address = addresses[isAddress.indexOf(true)];
  throw new CommandError(
    exitCodes.usage,
    `${address} is a live cluster, and the others are files: give one kind`,
  );
}

/** Resolves once every node has been heard, or cannot be. */
export async function liveSource(
  addresses: readonly string[],
  options: LiveOptions,
  hands?: Hands,
): Promise<LiveSource> {
  const access: AdminAccess = { tls: tlsFiles(options), clusterId: options.cluster, timeoutMs };
  const source = new LiveSource({ addresses, access, intervalMs }, hands);
  const end = performance.now() + settledWithinMs;
  while (!source.isSettled && performance.now() < end) {
    if (source.unreached !== undefined) {
      source.close();
      throw unreachable(source.unreached, addresses, access);
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  source.tick(intervalMs * 10);
  return source;
}
