/**
 * The registry as a state machine: what every backend must do, and what the embedded and the simulated one run.
 *
 * Invariants: the revision grows by one with each request that changes something, and all changes of a request carry
 * it; a record with a lease is listed by that lease, which exists; no limit is exceeded.
 */
import { assert, unreachable } from "../assert.ts";
import { type Micros, milliseconds, micros } from "../ids.ts";
import { isCount, parseObject, parseObjectText } from "./json.ts";
import {
  defaultRegistryLimits,
  lengthOf,
  type RegistryLimits,
  refusalOf,
  type Transaction,
} from "./registry-limits.ts";
import type {
  RegistryAnswer,
  RegistryChange,
  RegistryRecord,
  RegistryRequest,
  RegistryWrite,
} from "./registry.ts";

export interface RegistryOutcome {
  readonly answer: RegistryAnswer;
  /** For every watcher of their keys; after a `watch`: the records that there are, for the one who asked. */
  readonly changes: readonly RegistryChange[];
}

interface Lease {
  readonly ttlMs: number;
  expiresAt: Micros;
  readonly keys: Set<string>;
}

const snapshotSchema = "tauring.registry/1";

export class RegistryModel {
  private readonly limits: RegistryLimits;
  private readonly records = new Map<string, RegistryRecord>();
  private readonly leases = new Map<number, Lease>();
  private revision = 0;
  /** Leases granted so far: the newest lease's id. */
  private leaseCount = 0;
  /** Of all keys and values. */
  private totalLength = 0;

  constructor(limits: RegistryLimits = defaultRegistryLimits) {
    this.limits = limits;
  }

  /** Leases that are due at `now` must have been expired before, so that their changes have an answer of their own. */
  apply(request: RegistryRequest, now: Micros): RegistryOutcome {
    assert((this.nextExpiry() ?? Infinity) > now, `leases due at ${now} us are expired before a request`);
    switch (request.type) {
      case "transact":
        return this.transact(request);
      case "read":
        return answered({
          type: "records",
          records: this.under(request.prefix),
          revision: this.revision,
        });
      case "watch": {
        const present = this.under(request.prefix).map((record) => ({ type: "put", record }) as const);
        return { answer: { type: "watching", revision: this.revision }, changes: present };
      }
      case "grant-lease":
        return answered(this.grant(request.ttlMs, now));
      case "keep-alive": {
        const lease = this.leases.get(request.lease);
        if (lease !== undefined) lease.expiresAt = after(now, lease.ttlMs);
        return answered({ type: "kept", isAlive: lease !== undefined });
      }
      case "revoke-lease":
        return { answer: { type: "revoked" }, changes: this.endLeases([request.lease]) };
      default:
        return unreachable(request);
    }
  }

  /** Ends the leases that are due, and with them their records. */
  expire(now: Micros): readonly RegistryChange[] {
    const due = [...this.leases].filter(([, lease]) => lease.expiresAt <= now).map(([id]) => id);
    return this.endLeases(due);
  }

  /** When the next lease is due; undefined: there is none. */
  nextExpiry(): Micros | undefined {
    let next: Micros | undefined;
    for (const { expiresAt } of this.leases.values()) {
      if (next === undefined || expiresAt < next) next = expiresAt;
    }
    return next;
  }

  /** The whole state as JSON text, except how long each lease has to live. */
  snapshot(): string {
    const leases = [...this.leases].map(([id, lease]) => ({ id, ttlMs: lease.ttlMs }));
    const { revision, leaseCount } = this;
    return JSON.stringify({ schema: snapshotSchema, revision, leaseCount, leases, records: this.under("") });
  }

  /** The registry of a snapshot, its leases renewed at `now`; a string says why the text is none. */
  static restore(
    text: string,
    now: Micros,
    limits: RegistryLimits = defaultRegistryLimits,
  ): RegistryModel | string {
    const state = parseObjectText(text, "the registry's snapshot");
    if (typeof state === "string") return state;
    const { schema, revision, leaseCount, leases, records } = state;
    if (schema !== snapshotSchema) return `the snapshot's schema is ${snapshotSchema}`;
    if (!isCount(revision) || !isCount(leaseCount)) return "revision and leaseCount are counts";
    if (!Array.isArray(leases) || !Array.isArray(records)) return "leases and records are lists";
    const model = new RegistryModel(limits);
    model.revision = revision;
    model.leaseCount = leaseCount;
    for (const json of leases as readonly unknown[]) {
      const lease = parseObject(json, "a lease");
      if (typeof lease === "string") return lease;
      const { id, ttlMs } = lease;
      if (!isCount(id) || id === 0 || id > leaseCount) return "a lease's id is a number up to leaseCount";
      if (!isCount(ttlMs) || ttlMs > limits.leaseMsMax) return `lease ${id} has a ttlMs within its limit`;
      model.leases.set(id, { ttlMs, expiresAt: after(now, ttlMs), keys: new Set() });
    }
    for (const json of records as readonly unknown[]) {
      const reason = model.restoreRecord(json);
      if (reason !== undefined) return reason;
    }
    return model;
  }

  private restoreRecord(json: unknown): string | undefined {
    const record = parseObject(json, "a record");
    if (typeof record === "string") return record;
    const { key, value, created, modified, lease } = record;
    if (typeof key !== "string" || typeof value !== "string") return "a record's key and value are texts";
    if (!isCount(created) || !isCount(modified) || created > modified || modified > this.revision) {
      return `record ${key} was created and modified at revisions up to the snapshot's`;
    }
    if (!isCount(lease) || (lease !== 0 && !this.leases.has(lease)))
      return `record ${key} has a lease that exists`;
    this.set({ key, value, created, modified, lease });
    return undefined;
  }

  private transact(request: Transaction): RegistryOutcome {
    const { compare, writes } = request;
    const { records, leases, totalLength } = this;
    const refusal = refusalOf(request, { records, leases, totalLength }, this.limits);
    if (refusal !== undefined) return answered({ type: "refused", reason: refusal });
    const holds = compare.every(({ key, modified }) => (this.records.get(key)?.modified ?? 0) === modified);
    const isChange = ({ type, key }: RegistryWrite): boolean => type === "put" || this.records.has(key);
    const effective = holds ? writes.filter(isChange) : [];
    if (effective.length > 0) this.revision += 1;
    const changes = effective.map((write) => this.write(write));
    return { answer: { type: "transacted", succeeded: holds, revision: this.revision }, changes };
  }

  private write(write: RegistryWrite): RegistryChange {
    const { key } = write;
    const old = this.remove(key);
    if (write.type === "delete") return { type: "deleted", key, modified: this.revision };
    const created = old?.created ?? this.revision;
    const record = { key, value: write.value, created, modified: this.revision, lease: write.lease };
    this.set(record);
    return { type: "put", record };
  }

  private grant(ttlMs: number, now: Micros): RegistryAnswer {
    const { leaseCountMax, leaseMsMax } = this.limits;
    if (!(ttlMs > 0 && ttlMs <= leaseMsMax && Number.isInteger(ttlMs))) {
      return {
        type: "refused",
        reason: `a lease's ttlMs ${ttlMs} is an integer from 1 to ${leaseMsMax}`,
      };
    }
    if (this.leases.size >= leaseCountMax) {
      return {
        type: "refused",
        reason: `${this.leases.size} leases are at leaseCountMax ${leaseCountMax}`,
      };
    }
    this.leaseCount += 1;
    this.leases.set(this.leaseCount, { ttlMs, expiresAt: after(now, ttlMs), keys: new Set() });
    return { type: "leased", lease: this.leaseCount };
  }

  private endLeases(ids: readonly number[]): readonly RegistryChange[] {
    const keys = ids.flatMap((id) => [...(this.leases.get(id)?.keys ?? [])]).sort();
    if (keys.length > 0) this.revision += 1;
    const changes = keys.map((key) => this.write({ type: "delete", key }));
    for (const id of ids) this.leases.delete(id);
    return changes;
  }

  private under(prefix: string): readonly RegistryRecord[] {
    const found = [...this.records.values()].filter(({ key }) => key.startsWith(prefix));
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  private set(record: RegistryRecord): void {
    this.remove(record.key);
    this.records.set(record.key, record);
    this.leases.get(record.lease)?.keys.add(record.key);
    this.totalLength += lengthOf(record);
  }

  private remove(key: string): RegistryRecord | undefined {
    const record = this.records.get(key);
    if (record === undefined) return undefined;
    this.records.delete(key);
    this.leases.get(record.lease)?.keys.delete(key);
    this.totalLength -= lengthOf(record);
    return record;
  }
}

function answered(answer: RegistryAnswer): RegistryOutcome {
  return { answer, changes: [] };
}

function after(now: Micros, ttlMs: number): Micros {
  return micros(now + milliseconds(ttlMs));
}
