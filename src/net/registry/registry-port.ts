/** The registry as a driver sees it: embedded in this process, or at the other end of a gRPC channel. */
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
  close(): Promise<void>;
}

export type Changed = (changes: readonly RegistryChange[], revision: number) => void;
