/** The registry as a driver sees it: embedded in this process, served by another one, or in etcd. */
import type { RegistryAnswer, RegistryChange, RegistryRequest } from "../../core/index.ts";

export type Execute = Exclude<RegistryRequest, { readonly type: "watch" }>;

export interface RegistryPort {
  /** Never rejects: a registry that cannot be reached answers `unavailable`, and may have done what was asked. */
  execute(request: Execute): Promise<RegistryAnswer>;
  /**
   * The first call of `changed` brings the records that there are, each later one what changed since; a watch that was
   * interrupted goes on with the difference. Returns what ends it.
   */
  watch(prefix: string, changed: Changed): () => void;
  /** Watches that have not been ended. */
  readonly watcherCount: number;
  close(): Promise<void>;
}

export type Changed = (changes: readonly RegistryChange[], revision: number) => void;
