/** The registry in etcd, through a client of its own: transactions, leases and watches of the registry's port. */
import { randomInt } from "node:crypto";
import {
  defaultRegistryLimits,
  type RegistryAnswer,
  type RegistryRecord,
  type RegistryRequest,
  requestRefusal,
  unreachable,
} from "../../../core/index.ts";
import type { Changed, Execute, RegistryPort } from "../registry-port.ts";
import type { KeyValue } from "./etcd-api.ts";
import { type Asked, EtcdClient, type EtcdClientEvents } from "./etcd-client.ts";
import type { EtcdOptions } from "./etcd-options.ts";
import { EtcdRecords } from "./etcd-records.ts";
import { EtcdWatch } from "./etcd-watch.ts";

type Transaction = Extract<RegistryRequest, { readonly type: "transact" }>;

/** Ids are ours to choose: etcd's own do not fit into a number. */
const leaseIdMax = 2 ** 48 - 1;

export class EtcdRegistry implements RegistryPort {
  private readonly client: EtcdClient;
  private readonly records: EtcdRecords;
  private readonly watches: Set<EtcdWatch> = new Set();
  private requestCount = 0;

  /** Throws when the certificates cannot be read. */
  constructor(options: EtcdOptions, events: EtcdClientEvents = {}) {
    this.client = new EtcdClient(options, events);
    this.records = new EtcdRecords(options.keyPrefix);
  }

  async execute(request: Execute): Promise<RegistryAnswer> {
    const { requestsMax } = this.client.limits;
    if (this.requestCount >= requestsMax) {
      return { type: "unavailable", reason: `${requestsMax} requests to etcd are under way, requestsMax` };
    }
    this.requestCount++;
    try {
      return await this.perform(request);
    } finally {
      this.requestCount--;
    }
  }

  watch(prefix: string, changed: Changed): () => void {
    const { client, records } = this;
    const watch = new EtcdWatch({ client, records, prefix, changed, read: () => this.read(prefix) });
    this.watches.add(watch);
    void watch.run();
    return () => {
      this.watches.delete(watch);
      watch.close();
    };
  }

  get watcherCount(): number {
    return this.watches.size;
  }

  close(): Promise<void> {
    for (const watch of this.watches) watch.close();
    this.watches.clear();
    this.client.close();
    return Promise.resolve();
  }

  private async perform(request: Execute): Promise<RegistryAnswer> {
    switch (request.type) {
      case "transact":
        return this.transact(request);
      case "read": {
        const asked = await this.read(request.prefix);
        if (asked.type !== "answered") return unanswered(asked);
        return { type: "records", records: asked.answer, revision: asked.revision };
      }
      case "grant-lease":
        return this.grantLease(request.ttlMs);
      case "keep-alive": {
        const method = this.client.api.keepAlive;
        const asked = await this.client.ask({ method, request: { ID: request.lease }, ...repeatable });
        if (asked.type === "no-lease") return { type: "kept", isAlive: false };
        return asked.type === "answered"
          ? { type: "kept", isAlive: asked.answer.TTL > 0 }
          : unanswered(asked);
      }
      case "revoke-lease": {
        const method = this.client.api.revokeLease;
        const asked = await this.client.ask({ method, request: { ID: request.lease }, ...repeatable });
        const isGone = asked.type === "answered" || asked.type === "no-lease";
        return isGone ? { type: "revoked" } : unanswered(asked);
      }
      default:
        return unreachable(request);
    }
  }

  /** Never twice: if the first was done, the second would say that its comparisons did not hold. */
  private async transact(transaction: Transaction): Promise<RegistryAnswer> {
    const refusal = requestRefusal(transaction, defaultRegistryLimits);
    if (refusal !== undefined) return { type: "refused", reason: refusal };
    const asked = await this.client.ask({
      method: this.client.api.transact,
      request: this.records.transaction(transaction),
      isRepeatable: false,
      seesAllBefore: true,
    });
    if (asked.type === "answered") {
      return { type: "transacted", succeeded: asked.answer.succeeded, revision: asked.revision };
    }
    if (asked.type !== "no-lease") return unanswered(asked);
    const leased = transaction.writes.flatMap((write) =>
      write.type === "put" && write.lease !== 0 ? [`${write.key}: lease ${write.lease} is not alive`] : [],
    );
    return { type: "refused", reason: leased.join("; or ") };
  }

  private async grantLease(ttlMs: number): Promise<RegistryAnswer> {
    const { leaseMsMax } = defaultRegistryLimits;
    if (!(ttlMs > 0 && ttlMs <= leaseMsMax && Number.isInteger(ttlMs))) {
      const reason = `a lease's ttlMs ${ttlMs} is an integer from 1 to ${leaseMsMax}`;
      return { type: "refused", reason };
    }
    for (;;) {
      const lease = randomInt(1, leaseIdMax);
      const asked = await this.client.ask({
        method: this.client.api.grantLease,
        // Etcd counts whole seconds, and has a least of its own.
        request: { TTL: Math.ceil(ttlMs / 1000), ID: lease },
        // A lease whose answer was lost is kept by nobody, and ends.
        isRepeatable: false,
        seesAllBefore: false,
      });
      if (asked.type === "answered") return { type: "leased", lease };
      if (asked.type !== "lease-taken") return unanswered(asked);
    }
  }

  /** All records under a prefix at one revision; where that is forgotten on the way, from the beginning. */
  private async read(prefix: string): Promise<Asked<readonly RegistryRecord[]>> {
    const { readPageRecords } = this.client.limits;
    const method = this.client.api.range;
    let found: KeyValue[] = [];
    let revision = 0;
    for (;;) {
      const request = { ...this.records.page(prefix, found.at(-1), readPageRecords), revision };
      const asked = await this.client.ask({ method, request, isRepeatable: true, seesAllBefore: true });
      if (asked.type === "compacted") {
        found = [];
        revision = 0;
        continue;
      }
      if (asked.type !== "answered") return asked;
      if (revision === 0) revision = asked.revision;
      for (const pair of asked.answer.kvs) found.push(pair);
      if (!asked.answer.more) break;
    }
    const records = found.map((pair) => this.records.record(pair));
    const answer = records.sort((a, b) => (a.key < b.key ? -1 : 1));
    return { type: "answered", answer, revision };
  }
}

const repeatable = { isRepeatable: true, seesAllBefore: false } as const;

function unanswered(asked: Exclude<Asked<unknown>, { readonly type: "answered" }>): RegistryAnswer {
  if (asked.type === "unavailable" || asked.type === "refused") return asked;
  return { type: "refused", reason: `etcd says ${asked.type} of a request that has none` };
}
