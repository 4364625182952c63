/** Whether an etcd would keep the records of a cluster, asked before anything is started that would wait for it. */
import { EtcdRegistry } from "./etcd-registry.ts";
import type { EtcdOptions } from "./etcd-options.ts";

export interface EtcdRefusal {
  /** It said no, and will go on to. */
  readonly isRefused: boolean;
  readonly reason: string;
}

/** A lease needs what a record needs, a majority and space, and leaves nothing behind. Undefined: it would. */
export async function checkEtcd(options: EtcdOptions): Promise<EtcdRefusal | undefined> {
  const registry = new EtcdRegistry(options);
  try {
    const found = await registry.execute({ type: "read", prefix: "" });
    if ("reason" in found) return { isRefused: found.type === "refused", reason: found.reason };
    const leased = await registry.execute({ type: "grant-lease", ttlMs: 1_000 });
    if ("reason" in leased) return { isRefused: leased.type === "refused", reason: leased.reason };
    if (leased.type === "leased") await registry.execute({ type: "revoke-lease", lease: leased.lease });
    return undefined;
  } finally {
    await registry.close();
  }
}
