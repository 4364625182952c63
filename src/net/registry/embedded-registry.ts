/**
 * The registry of a cluster without etcd: core's model in the manager's process, with a file behind it.
 *
 * Invariant: nobody hears an answer or a change before what it says is durable, and all hear them in order.
 */
import {
  type Micros,
  type RegistryAnswer,
  type RegistryChange,
  RegistryModel,
  type RegistryOutcome,
} from "../../core/index.ts";
import { type RegistryEntry, RegistryFile } from "./registry-file.ts";
import type { Changed, Execute, RegistryPort } from "./registry-port.ts";

export interface EmbeddedRegistryOptions {
  /** Undefined: kept in memory, for clusters that live as long as one process. */
  readonly path: string | undefined;
  readonly now: () => Micros;
  /** The file cannot be written: every answer is `unavailable` from now on. */
  readonly broke: (reason: string) => void;
  /** What a crash left of the file was not whole: the end of it is gone, of which nobody had heard. */
  readonly repaired: (what: string) => void;
}

/** What waits to be durable: an entry, and what is said afterwards. */
interface Pending {
  readonly entry: RegistryEntry | undefined;
  readonly release: (failure: string | undefined) => void;
}

interface Watcher {
  readonly prefix: string;
  readonly changed: Changed;
}

export class EmbeddedRegistry implements RegistryPort {
  private readonly options: EmbeddedRegistryOptions;
  private readonly file: RegistryFile | undefined;
  private readonly model: RegistryModel;
  private readonly watchers: Set<Watcher> = new Set();
  private pending: Pending[] = [];
  private isFlushing = false;
  private failure: string | undefined = undefined;
  private expiryTimer: NodeJS.Timeout | undefined = undefined;
  private revision = 0;

  private constructor(
    options: EmbeddedRegistryOptions,
    file: RegistryFile | undefined,
    model: RegistryModel,
  ) {
    this.options = options;
    this.file = file;
    this.model = model;
    this.scheduleExpiry();
  }

  static async open(options: EmbeddedRegistryOptions): Promise<EmbeddedRegistry> {
    if (options.path === undefined) return new EmbeddedRegistry(options, undefined, new RegistryModel());
    const { file, model, droppedBytes } = await RegistryFile.open(options.path, options.now());
    if (droppedBytes > 0) {
      options.repaired(
        `the registry file ${options.path} ended in ${droppedBytes} bytes that a crash had cut off, and nobody had heard of: dropped`,
      );
    }
    return new EmbeddedRegistry(options, file, model);
  }

  execute(request: Execute): Promise<RegistryAnswer> {
    if (this.failure !== undefined) return Promise.resolve({ type: "unavailable", reason: this.failure });
    const outcome = this.apply(request);
    const entry = isDurable(request, outcome) ? ({ type: "request", request } as const) : undefined;
    return new Promise((resolve) => {
      this.later(entry, (failure) => {
        if (failure !== undefined) return resolve({ type: "unavailable", reason: failure });
        this.publish(outcome.changes);
        resolve(outcome.answer);
      });
    });
  }

  watch(prefix: string, changed: Changed): () => void {
    const watcher = { prefix, changed };
    const { answer, changes } = this.apply({ type: "watch", prefix });
    this.later(undefined, (failure) => {
      if (failure !== undefined) return;
      this.watchers.add(watcher);
      changed(changes, answer.type === "watching" ? answer.revision : 0);
    });
    return () => {
      this.watchers.delete(watcher);
      this.later(undefined, () => this.watchers.delete(watcher));
    };
  }

  get watcherCount(): number {
    return this.watchers.size;
  }

  async close(): Promise<void> {
    clearTimeout(this.expiryTimer);
    this.watchers.clear();
    await new Promise<void>((resolve) => this.later(undefined, () => resolve()));
    this.failure ??= "the registry is closed";
    await this.file?.close();
  }

  private apply(request: Parameters<RegistryModel["apply"]>[0]): RegistryOutcome {
    // One reading: a lease that is due between two would be neither expired nor alive.
    const now = this.options.now();
    this.expire(now);
    const outcome = this.model.apply(request, now);
    this.scheduleExpiry();
    return outcome;
  }

  /** Which leases ended depends on when they were kept alive, which is not written: the state after it is. */
  private expire(now: Micros): void {
    const changes = this.model.expire(now);
    if (changes.length === 0) return;
    this.later({ type: "snapshot", text: this.model.snapshot() }, (failure) => {
      if (failure === undefined) this.publish(changes);
    });
  }

  private scheduleExpiry(): void {
    clearTimeout(this.expiryTimer);
    const next = this.model.nextExpiry();
    if (next === undefined) return;
    const waitMs = Math.ceil(Math.max(0, next - this.options.now()) / 1000);
    this.expiryTimer = setTimeout(() => {
      this.expire(this.options.now());
      this.scheduleExpiry();
    }, waitMs);
    this.expiryTimer.unref();
  }

  private publish(changes: readonly RegistryChange[]): void {
    if (changes.length === 0) return;
    const revision = modifiedOf(changes[0]);
    this.revision = Math.max(this.revision, revision);
    for (const watcher of this.watchers) {
      const seen = changes.filter((change) => keyOf(change).startsWith(watcher.prefix));
      if (seen.length > 0) watcher.changed(seen, this.revision);
    }
  }

  private later(entry: RegistryEntry | undefined, release: Pending["release"]): void {
    this.pending.push({ entry, release });
    if (!this.isFlushing) void this.flush();
  }

  /** All that is pending shares one sync. */
  private async flush(): Promise<void> {
    this.isFlushing = true;
    while (this.pending.length > 0) {
      const batch = this.pending;
      this.pending = [];
      await this.makeDurable(batch);
      for (const { release } of batch) release(this.failure);
    }
    this.isFlushing = false;
  }

  private async makeDurable(batch: readonly Pending[]): Promise<void> {
    const entries = batch.flatMap(({ entry }) => (entry === undefined ? [] : [entry]));
    if (this.file === undefined || entries.length === 0 || this.failure !== undefined) return;
    try {
      await this.file.append(entries);
      // The snapshot must not run ahead of the entries that are still to be written behind it.
      if (this.file.needsCompaction && this.pending.length === 0)
        await this.file.compact(this.model.snapshot());
    } catch (error) {
      this.failure = `the registry file ${this.options.path} cannot be written: ${(error as Error).message}`;
      this.options.broke(this.failure);
    }
  }
}

/** Reads and keep-alives leave nothing behind that a restart would miss. */
function isDurable(request: Execute, outcome: RegistryOutcome): boolean {
  if (request.type === "grant-lease") return outcome.answer.type === "leased";
  return outcome.changes.length > 0 || request.type === "revoke-lease";
}

function keyOf(change: RegistryChange): string {
  return change.type === "put" ? change.record.key : change.key;
}

function modifiedOf(change: RegistryChange): number {
  return change.type === "put" ? change.record.modified : change.modified;
}
