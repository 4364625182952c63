/** A live cluster as a source of screens. */
import { type AdminAccess, type Hands, LiveSource } from "../net/index.ts";
import { unreachable } from "./cluster-access.ts";
import { type TlsOptions, tlsFiles } from "./tls.ts";

export interface LiveOptions extends TlsOptions {
  readonly cluster?: string;
}

export interface LiveWith {
  readonly hands?: Hands | undefined;
  /** Somebody looks on: what was not heard so far appears as it comes. */
  readonly isWatched?: boolean;
}

const timeoutMs = 2_000;
const intervalMs = 100;
const lookMs = 20;
/** A node that does not answer is shown as it is. */
const settledWithinMs = 3_000;

/** Resolves once every node has been heard, or cannot be; where somebody looks on, once the first has answered. */
export async function liveSource(
  addresses: readonly string[],
  options: LiveOptions,
  { hands, isWatched = false }: LiveWith = {},
): Promise<LiveSource> {
  const access: AdminAccess = { tls: tlsFiles(options), clusterId: options.cluster, timeoutMs };
  const source = new LiveSource({ addresses, access, intervalMs }, hands);
  const end = performance.now() + settledWithinMs;
  const isThere = (): boolean => (isWatched ? source.isFound : source.isSettled);
  while (!isThere() && performance.now() < end) {
    if (source.unreached !== undefined) {
      source.close();
      throw unreachable(source.unreached, addresses, access);
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  source.tick(intervalMs * 10);
  return source;
}
