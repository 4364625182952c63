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
import { judge, said } from "./etcd-errors.ts";
import type { EtcdRecords } from "./etcd-records.ts";

export interface WatchSetup {
  readonly client: EtcdClient;
  readonly records: EtcdRecords;
  readonly prefix: string;
  readonly changed: Changed;
  readonly read: () => Promise<Asked<readonly RegistryRecord[]>>;
}

type Stream = ClientDuplexStream<WatchRequest, WatchAnswer>;

/** How following ended. */
type End = "lost" | "compacted" | "closed";

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
      if (!mustRead && !this.isClosed) mustRead = (await this.follow()) === "compacted";
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
        clearInterval(timer);
        this.stream = undefined;
        stream.cancel();
        resolve(this.isClosed ? "closed" : how);
      };
      let heardAt = performance.now();
      const timer = setInterval(() => {
        if (performance.now() - heardAt < client.limits.watchProbeAfterMs) return;
        void this.isAlive(connected).then((isAlive) => {
          if (!isAlive && this.stream === stream) end("lost");
        });
      }, client.limits.watchProbeAfterMs);
      timer.unref();
      stream.on("data", (answer: WatchAnswer) => {
        if (this.stream !== stream) return;
        heardAt = performance.now();
        if (answer.canceled) return end(this.canceled(connected, answer));
        if (answer.created) this.waitMs = client.limits.rewatchMinMs;
        this.hear(answer);
      });
      // The status says the same, and comes also when the stream ended in good order.
      stream.on("error", () => {});
      stream.on("status", ({ code, details }) => {
        if (this.stream !== stream) return resolve("closed");
        this.lost(connected, { code, details });
        end("lost");
      });
      stream.write({ createRequest: { ...records.range(prefix), startRevision: this.next } });
    });
  }

  /** Etcd ends a watch because what it asks for is forgotten, or for a reason that reading finds out. */
  private canceled({ member }: Connected, { compactRevision, cancelReason }: WatchAnswer): End {
    if (compactRevision > 0) return "compacted";
    const { client } = this.setup;
    client.forgetToken();
    client.trouble(said(member.address, cancelReason, "the watch is opened again"));
    return "compacted";
  }

  private lost({ member }: Connected, error: Parameters<typeof judge>[0]): void {
    const { client } = this.setup;
    const verdict = judge(error);
    if (verdict.type === "unauthenticated") client.forgetToken();
    else client.leave(member);
    client.trouble(said(member.address, error.details, "the watch goes on at the next member"));
  }

  private async isAlive({ member }: Connected): Promise<boolean> {
    const { client } = this.setup;
    const error = await client.probe(member, client.limits.watchProbeTimeoutMs);
    if (error === undefined) return true;
    client.leave(member);
    client.trouble(said(member.address, error.details, "the watch goes on at the next member"));
    return false;
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
