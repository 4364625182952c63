/** Records, transactions and changes of the registry as etcd's messages, and back. */
import type { RegistryChange, RegistryRecord, RegistryRequest } from "../../../core/index.ts";
import type { KeyValue, Operation, RangeRequest, TransactionRequest, WatchAnswer } from "./etcd-api.ts";

/** The fencing token of a record is its `created`, etcd's create revision: it grows with every new owner. */
export class EtcdRecords {
  private readonly keyPrefix: string;

  constructor(keyPrefix: string) {
    this.keyPrefix = keyPrefix;
  }

  range(prefix: string): { readonly key: Uint8Array; readonly rangeEnd: Uint8Array } {
    const key = this.keyOf(prefix);
    return { key, rangeEnd: endOfPrefix(key) };
  }

  /** Of the records under the prefix those behind the last one that was read. */
  page(prefix: string, last: KeyValue | undefined, limit: number): RangeRequest {
    const { key, rangeEnd } = this.range(prefix);
    // The next key in etcd's order is the same with a zero behind it.
    const begin = last === undefined ? key : Buffer.concat([last.key, Buffer.of(0)]);
    return { key: begin, rangeEnd, limit };
  }

  transaction({
    compare,
    writes,
  }: Extract<RegistryRequest, { readonly type: "transact" }>): TransactionRequest {
    return {
      compare: compare.map(({ key, modified }) => ({
        target: "MOD",
        key: this.keyOf(key),
        modRevision: modified,
      })),
      success: writes.map((write): Operation => {
        if (write.type === "delete") return { requestDeleteRange: { key: this.keyOf(write.key) } };
        const { key, value, lease } = write;
        return { requestPut: { key: this.keyOf(key), value: Buffer.from(value, "utf8"), lease } };
      }),
    };
  }

  record({ key, value, createRevision, modRevision, lease }: KeyValue): RegistryRecord {
    return {
      key: this.nameOf(key),
      value: Buffer.from(value).toString("utf8"),
      created: createRevision,
      modified: modRevision,
      lease,
    };
  }

  change({ type, kv }: WatchAnswer["events"][number]): RegistryChange {
    if (type === "PUT") return { type: "put", record: this.record(kv) };
    return { type: "deleted", key: this.nameOf(kv.key), modified: kv.modRevision };
  }

  private keyOf(name: string): Buffer {
    return Buffer.from(this.keyPrefix + name, "utf8");
  }

  private nameOf(key: Uint8Array): string {
    return Buffer.from(key).toString("utf8").slice(this.keyPrefix.length);
  }
}

/** The first key behind all that begin so. */
function endOfPrefix(prefix: Buffer): Buffer {
  for (let length = prefix.length; length > 0; length--) {
    const last = prefix[length - 1];
    if (last === 0xff) continue;
    return Buffer.concat([prefix.subarray(0, length - 1), Buffer.of(last + 1)]);
  }
  // Every key.
  return Buffer.of(0);
}
