/** Removes what a cluster that will not come back has left in etcd. */
import { EtcdRegistry } from "./etcd-registry.ts";
import type { EtcdOptions } from "./etcd-options.ts";

/** Below etcd's own limit of operations. */
const deletesAtOnceMax = 100;

/** Resolves to the reason why records are left, or undefined. */
export async function removeRecords(options: EtcdOptions): Promise<string | undefined> {
  const registry = new EtcdRegistry(options);
  try {
    for (;;) {
      const found = await registry.execute({ type: "read", prefix: "" });
      if (found.type !== "records") return "reason" in found ? found.reason : found.type;
      if (found.records.length === 0) return undefined;
      const writes = found.records
        .slice(0, deletesAtOnceMax)
        .map(({ key }) => ({ type: "delete", key }) as const);
      const removed = await registry.execute({ type: "transact", compare: [], writes });
      if (removed.type !== "transacted") return "reason" in removed ? removed.reason : removed.type;
    }
  } finally {
    await registry.close();
  }
}
