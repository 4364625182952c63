/** A live cluster as a source of screens. */
import { type AdminAccess, type Hands, LiveSource } from "../net/index.ts";
import { unreachable } from "./cluster-access.ts";
import { type TlsOptions, tlsFiles } from "./tls.ts";

export interface LiveOptions extends TlsOptions {
  readonly cluster?: string;
}

const timeoutMs = 2_000;
const intervalMs = 100;
const lookMs = 20;
/** A node that does not answer is shown as it is. */
const settledWithinMs = 3_000;

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
