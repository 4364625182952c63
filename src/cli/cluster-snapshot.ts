/** One look at a running cluster: every node is watched until each has been heard, or cannot be. */
import type { ClusterView } from "../observe/index.ts";
import { ClusterWatch, type KnownMember, type NodeContact } from "../net/index.ts";
import { accessOf, addressesOf, type ClusterOptions, unreachable } from "./cluster-access.ts";

export interface ClusterSnapshot {
  readonly view: ClusterView;
  readonly contacts: readonly NodeContact[];
  readonly members: readonly KnownMember[];
}

export async function lookAtCluster(options: ClusterOptions): Promise<ClusterSnapshot> {
  const [addresses, access] = [addressesOf(options), accessOf(options)];
  const watch = new ClusterWatch({ addresses, access, intervalMs: 100 });
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (watch.unreached !== undefined) reject(unreachable(watch.unreached, addresses, access));
        else if (watch.isSettled) resolve();
      };
      watch.subscribe(look);
      setTimeout(resolve, options.timeoutMs + 500).unref();
    });
    return { view: watch.view(), contacts: watch.contacts(), members: watch.known?.members ?? [] };
  } finally {
    watch.close();
  }
}
