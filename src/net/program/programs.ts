/** The programs of a worker's slots, as a driver sees them: wherever they run, they answer later. */
import type {
  Application,
  Event,
  JobSpec,
  ProgramInput,
  ProgramStep,
  ShareSpec,
  ShareSummary,
  Slot,
  TaskTime,
} from "../../core/index.ts";

export interface Programs {
  /** The job that slots loaded from now on belong to. */
  setJob(job: JobSpec): void;
  /** Loads a share and makes the slot's program; one that was there before is dropped. */
  load(slot: Slot, share: ShareSpec, done: (event: ShareEvent) => void): void;
  compute(slot: Slot, time: TaskTime, input: ProgramInput, done: (step: ProgramStep) => void): void;
  close(): Promise<void>;
}

export type ShareEvent = Extract<Event, { readonly type: "share-loaded" | "share-failed" }>;

/** What a module exports that brings applications and their data into a thread of its own. */
export interface ProgramModule {
  applications(name: string): Application | undefined;
  /** Rejects with an Error whose message names file, line and what was expected. */
  loadShare(share: ShareSpec): Promise<LoadedShare>;
}

/** The share is plain data: it may be handed from one thread to another. */
export interface LoadedShare {
  readonly share: unknown;
  readonly summary: ShareSummary;
}
