/**
 * The registry port: linearizable compare-and-set on named records, leases and watches (docs/protocol.md 10).
 * `revision` numbers every change of the whole registry; a record's `created` and `modified` are revisions.
 */

export interface RegistryRecord {
  readonly key: string;
  readonly value: string;
  readonly created: number;
  readonly modified: number;
  /** The lease that it lives by, or 0. */
  readonly lease: number;
}

export type RegistryRequest =
  /** All or nothing: the writes are done if every comparison holds. */
  | {
      readonly type: "transact";
      readonly compare: readonly Comparison[];
      readonly writes: readonly RegistryWrite[];
    }
  /** Records whose key starts with the prefix, sorted by key. */
  | { readonly type: "read"; readonly prefix: string }
  /** From now on every change under the prefix arrives as `registry-changed`, beginning with the present records. */
  | { readonly type: "watch"; readonly prefix: string }
  | { readonly type: "grant-lease"; readonly ttlMs: number }
  | { readonly type: "keep-alive"; readonly lease: number }
  | { readonly type: "revoke-lease"; readonly lease: number };

/** The record was modified at this revision; 0: it does not exist. */
export interface Comparison {
  readonly key: string;
  readonly modified: number;
}

export type RegistryWrite =
  | { readonly type: "put"; readonly key: string; readonly value: string; readonly lease: number }
  | { readonly type: "delete"; readonly key: string };

export type RegistryAnswer =
  | { readonly type: "transacted"; readonly succeeded: boolean; readonly revision: number }
  | { readonly type: "records"; readonly records: readonly RegistryRecord[]; readonly revision: number }
  | { readonly type: "watching"; readonly revision: number }
  | { readonly type: "leased"; readonly lease: number }
  | { readonly type: "kept"; readonly isAlive: boolean }
  | { readonly type: "revoked" }
  /** It may have been done, and may be asked again. */
  | { readonly type: "unavailable"; readonly reason: string }
  /** It was not done, and never will be: a limit forbids it, or it makes no sense. */
  | { readonly type: "refused"; readonly reason: string };

export type RegistryChange =
  | { readonly type: "put"; readonly record: RegistryRecord }
  | { readonly type: "deleted"; readonly key: string; readonly modified: number };
