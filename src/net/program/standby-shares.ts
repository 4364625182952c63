/**
 * Shares of slots that others hold, loaded while nothing waits for them: a worker that takes over from one that is lost goes
 * on at once, where reading the data would be most of the time that nobody does the slot's work.
 *
 * Invariant: what is taken is kept no more; a share belongs to one program.
 */
import { type JobSpec, type Slot, slot as slotOf } from "../../core/index.ts";
import type { Loaded, SlotThread } from "./slot-thread.ts";

export interface StandbyLimits {
  /** How many shares of others a worker keeps at hand. */
  readonly standbySharesMax: number;
  /** Of all of them together: one that comes to more is not kept, and no further one is loaded. */
  readonly standbyNonzerosMax: number;
  /** From the job, or the last share that the worker was given itself, to the next one that it may be given. */
  readonly standbyAfterMs: number;
}

export const defaultStandbyLimits: StandbyLimits = {
  standbySharesMax: 4,
  standbyNonzerosMax: 4_000_000,
  standbyAfterMs: 500,
};

/** A share that is being loaded, or is. */
export interface Loading<T = SlotThread> {
  readonly thread: T;
  readonly loaded: Promise<Loaded>;
}

interface Kept<T> extends Loading<T> {
  /** 0 until it is loaded. */
  nonzeros: number;
}

export class StandbyShares<T extends Pick<SlotThread, "close" | "exited"> = SlotThread> {
  private readonly limits: StandbyLimits;
  private readonly load: (job: JobSpec, slot: Slot) => Loading<T>;
  private readonly kept: Map<Slot, Kept<T>> = new Map();
  /** Slots whose share could not be loaded, or whose thread ended: they are left to whoever needs them. */
  private readonly skipped: Set<Slot> = new Set();
  /** Slots that the worker was given; where one went on to another worker, its driver is not told. */
  private readonly own: Set<Slot> = new Set();
  private job: JobSpec | undefined = undefined;
  private timer: NodeJS.Timeout | undefined = undefined;
  private isLoading = false;
  private isOver = false;

  constructor(limits: StandbyLimits, load: (job: JobSpec, slot: Slot) => Loading<T>) {
    this.limits = limits;
    this.load = load;
  }

  setJob(job: JobSpec): void {
    // A job without data has nothing to read.
    if (this.job !== undefined || job.source === null) return;
    this.job = job;
    this.loadLater();
  }

  /** The slot is this worker's now. Undefined: nothing of its share is loaded yet. */
  take(slot: Slot): Loading<T> | undefined {
    this.own.add(slot);
    const loading = this.kept.get(slot);
    this.kept.delete(slot);
    this.loadLater();
    return loading;
  }

  async close(): Promise<void> {
    this.end();
    const threads = [...this.kept.values()].map(({ thread }) => thread.close());
    this.kept.clear();
    await Promise.all(threads);
  }

  /** What is kept stays. */
  private end(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }

  private loadLater(): void {
    clearTimeout(this.timer);
    if (this.isOver || this.isLoading || this.next() === undefined) return;
    this.timer = setTimeout(() => void this.loadNext(), this.limits.standbyAfterMs);
    this.timer.unref();
  }

  /** Beginning behind its own, so that not all workers keep the same ones. */
  private next(): Slot | undefined {
    const { job, own, kept, skipped } = this;
    if (job === undefined || kept.size >= this.limits.standbySharesMax) return undefined;
    const [first = 0] = own;
    for (let i = 0; i < job.slotCount; i++) {
      const slot = slotOf((first + i) % job.slotCount);
      if (!own.has(slot) && !kept.has(slot) && !skipped.has(slot)) return slot;
    }
    return undefined;
  }

  private async loadNext(): Promise<void> {
    const { job } = this;
    const slot = this.next();
    if (job === undefined || slot === undefined) return;
    this.isLoading = true;
    const loading: Kept<T> = { ...this.load(job, slot), nonzeros: 0 };
    this.kept.set(slot, loading);
    const loaded = await loading.loaded;
    this.isLoading = false;
    if (loaded.type !== "held") void loading.thread.close();
    if (this.kept.get(slot) === loading) this.keep(slot, loading, loaded);
    this.loadLater();
  }

  /** What does not fit, and what cannot be read, is left to whoever needs it. */
  private keep(slot: Slot, loading: Kept<T>, loaded: Loaded): void {
    if (loaded.type === "failed") return this.skip(slot, loading);
    loading.nonzeros = loaded.summary.nonzeros;
    const nonzeros = [...this.kept.values()].reduce((sum, one) => sum + one.nonzeros, 0);
    if (nonzeros > this.limits.standbyNonzerosMax) {
      this.skip(slot, loading);
      return this.end();
    }
    // One that handed its share back is needed no more.
    if (loaded.type === "held") void loading.thread.exited.then(() => this.skip(slot, loading));
  }

  private skip(slot: Slot, loading: Kept<T>): void {
    if (this.kept.get(slot) !== loading) return;
    this.kept.delete(slot);
    this.skipped.add(slot);
    void loading.thread.close();
    this.loadLater();
  }
}
