/**
 * Runs programs on the event loop or in threads. Data is always loaded in a thread; a small share comes back, because
 * crossing between threads would take longer than its steps, and a large one stays, because its steps would keep
 * heartbeats waiting. A share is read once: a slot that comes back to this worker finds it where it was.
 */
import {
  type Application,
  type JobSpec,
  type ProgramInput,
  ProgramHost,
  type ProgramStep,
  type ShareSpec,
  type Slot,
  type TaskTime,
  assert,
} from "../../core/index.ts";
import type { Programs, ShareEvent } from "./programs.ts";
import { type Loaded, SlotThread } from "./slot-thread.ts";
import { type Loading, type StandbyLimits, StandbyShares } from "./standby-shares.ts";

export type ProgramPlace = "auto" | "inline" | "thread";

export interface HostedProgramsOptions {
  /** URL of a `ProgramModule`, for threads. */
  readonly module: string;
  readonly applications: (name: string) => Application | undefined;
  readonly place: ProgramPlace;
  /** Undefined: no share is loaded before its slot is this worker's. */
  readonly standby?: StandbyLimits | undefined;
}

type HandedBack = Extract<Loaded, { readonly type: "handed-back" }>;

/** A pass over so many non-zeros takes about two milliseconds. */
const inlineNonzerosMax = 400_000;

export class HostedPrograms implements Programs {
  private readonly options: HostedProgramsOptions;
  private readonly inline: ProgramHost = new ProgramHost();
  private readonly threads: Map<Slot, SlotThread> = new Map();
  /** Shares that came back, and the load of each slot that counts. */
  private readonly shares: Map<Slot, HandedBack> = new Map();
  private readonly newest: Map<Slot, object> = new Map();
  private readonly standby: StandbyShares | undefined;
  private job: JobSpec | undefined = undefined;

  constructor(options: HostedProgramsOptions) {
    this.options = options;
    const { standby } = options;
    this.standby = standby && new StandbyShares(standby, (job, slot) => this.begin(job, shareOf(job, slot)));
  }

  setJob(job: JobSpec): void {
    this.job = job;
    this.standby?.setJob(job);
  }

  load(slot: Slot, share: ShareSpec, done: (event: ShareEvent) => void): void {
    const { job } = this;
    assert(job !== undefined, "a share is loaded after its job is known");
    const load = {};
    this.newest.set(slot, load);
    void this.loaded(slot, job, share).then((present) => {
      if (this.newest.get(slot) === load) done(this.settled(slot, job, present));
    });
  }

  compute(slot: Slot, time: TaskTime, input: ProgramInput, done: (step: ProgramStep) => void): void {
    const thread = this.threads.get(slot);
    if (thread !== undefined) return thread.resume({ slot, time }, input, done);
    const load = this.newest.get(slot);
    // Not at once: the step that asked has more effects to be done.
    setImmediate(() => {
      if (this.newest.get(slot) === load) done(this.inline.resume(slot, time, input));
    });
  }

  async close(): Promise<void> {
    const threads = [...this.threads.values()];
    this.threads.clear();
    this.newest.clear();
    await Promise.all([this.standby?.close(), ...threads.map((thread) => thread.close())]);
  }

  private loaded(slot: Slot, job: JobSpec, share: ShareSpec): Promise<Loaded> {
    const present = this.shares.get(slot);
    if (present !== undefined) return Promise.resolve(present);
    const had = this.threads.get(slot);
    if (had?.isHolding === true) return this.loadInto(had, job, share);
    void had?.close();
    const { thread, loaded } = this.standby?.take(slot) ?? this.begin(job, share);
    this.threads.set(slot, thread);
    return loaded;
  }

  private begin(job: JobSpec, share: ShareSpec): Loading {
    const thread = new SlotThread(this.options.module);
    return { thread, loaded: this.loadInto(thread, job, share) };
  }

  private loadInto(thread: SlotThread, job: JobSpec, share: ShareSpec): Promise<Loaded> {
    return new Promise((resolve) => thread.load(job, share, this.handBackNonzerosMax(), resolve));
  }

  private settled(slot: Slot, job: JobSpec, loaded: Loaded): ShareEvent {
    if (loaded.type === "failed") {
      this.release(slot);
      return { type: "share-failed", slot, reason: loaded.reason };
    }
    if (loaded.type === "held") return { type: "share-loaded", slot, summary: loaded.summary };
    this.release(slot);
    this.shares.set(slot, { ...loaded, summary: { ...loaded.summary, loadMicros: 0 } });
    try {
      const application = this.options.applications(job.application);
      assert(application !== undefined, `the cluster knows the application ${job.application}`);
      this.inline.addSlot(slot, application.slotProgram(job, slot, loaded.share));
      return { type: "share-loaded", slot, summary: loaded.summary };
    } catch (error) {
      return { type: "share-failed", slot, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  private handBackNonzerosMax(): number {
    if (this.options.place === "inline") return Infinity;
    return this.options.place === "thread" ? -1 : inlineNonzerosMax;
  }

  private release(slot: Slot): void {
    const thread = this.threads.get(slot);
    this.threads.delete(slot);
    void thread?.close();
    this.inline.removeSlot(slot);
  }
}

function shareOf({ slotCount, source }: JobSpec, slot: Slot): ShareSpec {
  return { slot, slotCount, source };
}
