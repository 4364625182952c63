/**
 * One watch: it reads what there is, follows from the next revision on, and after any disconnection goes on at another
 * member with the revision that it has not seen yet. Where etcd has forgotten that one, it reads again and tells the
 * difference.
 *
 * Invariant: `next` is the first revision that the watcher has not been told of.
 */
import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { RegistryChange, RegistryRecord } from "../../../core/index.ts";
import { KnownRecords } from "../known-records.ts";
import type { Changed } from "../registry-port.ts";
import type { WatchAnswer, WatchRequest } from "./etcd-api.ts";
import type { Asked, Connected, EtcdClient } from "./etcd-client.ts";
import { type CallError, judge, said } from "./etcd-errors.ts";
import type { EtcdRecords } from "./etcd-records.ts";
import { type Compared, WatchChecks } from "./watch-checks.ts";

export interface WatchSetup {
  readonly client: EtcdClient;
  readonly records: EtcdRecords;
  readonly prefix: string;
  readonly changed: Changed;
  readonly read: () => Promise<Asked<readonly RegistryRecord[]>>;
}

type Stream = ClientDuplexStream<WatchRequest, WatchAnswer>;

/** How following ended; where it missed something all is read again. */
type End = "lost" | "missed" | "closed";

export class EtcdWatch {
  private readonly setup: WatchSetup;
  private readonly known: KnownRecords = new KnownRecords();
  private stream: Stream | undefined = undefined;
  private next = 0;
  private waitMs: number;
  private hasBegun = false;
  private isClosed = false;
  private wake: (() => void) | undefined = undefined;

  constructor(setup: WatchSetup) {
    this.setup = setup;
    this.waitMs = setup.client.limits.rewatchMinMs;
  }

  async run(): Promise<void> {
    let mustRead = true;
    while (!this.isClosed) {
      if (mustRead) mustRead = !(await this.read());
      if (!mustRead && !this.isClosed) mustRead = (await this.follow()) === "missed";
      if (!this.isClosed) await this.pause();
    }
  }

  close(): void {
    this.isClosed = true;
    this.stream?.cancel();
    this.wake?.();
  }

  private async read(): Promise<boolean> {
    const asked = await this.setup.read();
    if (asked.type !== "answered") return false;
    const { answer, revision } = asked;
    const changes = this.known.difference(answer, revision);
    this.next = revision + 1;
    if (changes.length > 0 || !this.hasBegun) this.tell(changes, revision);
    return true;
  }

  private async follow(): Promise<End> {
    const connected = await this.setup.client.connectOne();
    if ("type" in connected || this.isClosed) return "lost";
    const { client, records, prefix } = this.setup;
    const stream = connected.member.watch(client.api, connected.metadata);
    this.stream = stream;
    return new Promise((resolve) => {
      const end = (how: End): void => {
        checks.end();
        this.stream = undefined;
        stream.cancel();
        resolve(this.isClosed ? "closed" : how);
      };
      const checks = new WatchChecks({
        client,
        connected,
        compare: () => this.compare(connected),
        failed: (error) => {
          this.lost(connected, error);
          end("lost");
        },
        stuck: (reason) => {
          client.leave(connected.member);
          client.trouble(said(connected.member.address, reason, "it is opened again at the next member"));
          end("missed");
        },
      });
      stream.on("data", (answer: WatchAnswer) => {
        if (this.stream !== stream) return;
        checks.heard();
        if (answer.canceled) return end(this.canceled(connected, answer));
        if (answer.created) this.waitMs = client.limits.rewatchMinMs;
        this.hear(answer);
      });
      // The status says the same, and comes also when the stream ended in good order.
      stream.on("error", () => {});
      stream.on("status", ({ code, details }) => {
        if (this.stream !== stream) return;
        if (!this.isClosed) this.lost(connected, { code, details });
        end("lost");
      });
      stream.write({ createRequest: { ...records.range(prefix), startRevision: this.next } });
    });
  }

  /** Not what the member has heard of, but what there is: it asks the others. */
  private async compare({ member, metadata }: Connected): Promise<Compared> {
    const { client, records, prefix } = this.setup;
    const since = this.next;
    const request = { ...records.range(prefix), minModRevision: since, keysOnly: true, limit: 1 };
    const { attemptTimeoutMs: timeoutMs } = client.limits;
    const called = await member.call(client.api.range, request, { metadata, timeoutMs });
    if (!called.ok) return { type: "failed", error: called.error };
    // All are counted, not only those that changed: fewer than are known are there where one was deleted.
    const { kvs, count } = called.answer;
    const isSame = kvs.length === 0 && count === this.known.count;
    return isSame ? { type: "same" } : { type: "behind", since };
  }

  /** Etcd ends a watch because what it asks for is forgotten, or for a reason that reading finds out. */
  private canceled({ member }: Connected, { compactRevision, cancelReason }: WatchAnswer): End {
    if (compactRevision > 0) return "missed";
    const { client } = this.setup;
    client.forgetToken();
    client.trouble(said(member.address, cancelReason, "the watch is opened again"));
    return "missed";
  }

  private lost({ member }: Connected, error: CallError): void {
    const { client } = this.setup;
    const verdict = judge(error);
    if (verdict.type === "unauthenticated") client.forgetToken();
    else client.leave(member);
    client.trouble(said(member.address, error.details, "the watch goes on at the next member"));
  }

  /** An answer may hold several revisions; each is told by itself, as it happened. */
  private hear({ events }: WatchAnswer): void {
    let batch: RegistryChange[] = [];
    for (const event of events) {
      const revision = event.kv.modRevision;
      // Some versions of etcd may tell of older ones (etcd-io/etcd#20221).
      if (revision < this.next) continue;
      if (batch.length > 0 && revision > revisionOf(batch[0])) {
        this.tellBatch(batch);
        batch = [];
      }
      batch.push(this.setup.records.change(event));
    }
    if (batch.length > 0) this.tellBatch(batch);
  }

  private tellBatch(batch: readonly RegistryChange[]): void {
    const revision = revisionOf(batch[0]);
    this.tell(batch, revision);
    this.next = revision + 1;
  }

  private tell(changes: readonly RegistryChange[], revision: number): void {
    this.known.remember(changes);
    this.hasBegun = true;
    if (!this.isClosed) this.setup.changed(changes, revision);
  }

  private async pause(): Promise<void> {
    const { rewatchMaxMs } = this.setup.client.limits;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.waitMs);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
    this.waitMs = Math.min(this.waitMs * 2, rewatchMaxMs);
  }
}

function revisionOf(change: RegistryChange): number {
  return change.type === "put" ? change.record.modified : change.modified;
}
