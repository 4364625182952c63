/** How much a registry takes: everything beyond is refused by a reason that names the limit. */
import type { RegistryRecord, RegistryRequest } from "./registry.ts";

/** Lengths are in UTF-16 units. */
export interface RegistryLimits {
  readonly keyLengthMax: number;
  readonly valueLengthMax: number;
  readonly recordCountMax: number;
  /** All keys and values together. */
  readonly totalLengthMax: number;
  readonly leaseCountMax: number;
  readonly leaseMsMax: number;
  /** Comparisons and writes of one transaction. */
  readonly transactionSizeMax: number;
}

export const defaultRegistryLimits: RegistryLimits = {
  keyLengthMax: 256,
  valueLengthMax: 4 * 1024 * 1024,
  recordCountMax: 16_384,
  totalLengthMax: 64 * 1024 * 1024,
  leaseCountMax: 4096,
  leaseMsMax: 86_400_000,
  transactionSizeMax: 256,
};

export type Transaction = Extract<RegistryRequest, { readonly type: "transact" }>;

/** What a registry holds now. */
export interface RegistryContent {
  readonly records: ReadonlyMap<string, RegistryRecord>;
  readonly leases: ReadonlyMap<number, unknown>;
  /** Of all keys and values. */
  readonly totalLength: number;
}

/** Why a transaction cannot be done, whatever the registry holds; undefined: it can. */
export function requestRefusal(
  { compare, writes }: Transaction,
  { keyLengthMax, valueLengthMax, transactionSizeMax }: RegistryLimits,
): string | undefined {
  const size = compare.length + writes.length;
  if (size > transactionSizeMax) {
    return `a transaction of ${size} comparisons and writes is above transactionSizeMax ${transactionSizeMax}`;
  }
  const written = new Set<string>();
  for (const write of writes) {
    const { key } = write;
    if (written.has(key)) return `a transaction writes ${key} once`;
    written.add(key);
    if (write.type === "delete") continue;
    if (key.length > keyLengthMax) {
      return `a key of ${key.length} characters is above keyLengthMax ${keyLengthMax}`;
    }
    if (write.value.length > valueLengthMax) {
      return `${key}: a value of ${write.value.length} characters is above valueLengthMax ${valueLengthMax}`;
    }
  }
  return undefined;
}

/** Why a transaction cannot be done, whatever it compares; undefined: it can. */
export function refusalOf(
  transaction: Transaction,
  content: RegistryContent,
  limits: RegistryLimits,
): string | undefined {
  const refusal = requestRefusal(transaction, limits);
  if (refusal !== undefined) return refusal;
  const { recordCountMax, totalLengthMax } = limits;
  let count = content.records.size;
  let length = content.totalLength;
  for (const write of transaction.writes) {
    const { key } = write;
    const old = content.records.get(key);
    count -= old === undefined ? 0 : 1;
    length -= old === undefined ? 0 : lengthOf(old);
    if (write.type === "delete") continue;
    count += 1;
    length += lengthOf(write);
    if (write.lease !== 0 && !content.leases.has(write.lease)) {
      return `${key}: lease ${write.lease} is not alive`;
    }
  }
  if (count > recordCountMax) return `${count} records are above recordCountMax ${recordCountMax}`;
  if (length > totalLengthMax) return `${length} characters are above totalLengthMax ${totalLengthMax}`;
  return undefined;
}

export function lengthOf({ key, value }: { readonly key: string; readonly value: string }): number {
  return key.length + value.length;
}
