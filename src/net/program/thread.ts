/** The other end of `SlotThread`: loads one slot's share and, where that was asked for, runs its program here. */
import { parentPort, workerData } from "node:worker_threads";
import {
  type JobSpec,
  type ProgramInput,
  ProgramHost,
  type ShareSpec,
  type ShareSummary,
  type Slot,
  type TaskTime,
  assert,
} from "../../core/index.ts";
import { type CrossingStep, packStep } from "./crossing.ts";
import { KeyListMemory } from "./key-list-memory.ts";
import type { LoadedShare, ProgramModule } from "./programs.ts";

export interface ThreadData {
  /** URL of a `ProgramModule`. */
  readonly module: string;
}

export type ToThread =
  /** Shares of at most this many non-zeros are handed back, and their programs run elsewhere. */
  | {
      readonly type: "load";
      readonly job: JobSpec;
      readonly share: ShareSpec;
      readonly handBackNonzerosMax: number;
    }
  | { readonly type: "resume"; readonly slot: Slot; readonly time: TaskTime; readonly input: ProgramInput };

export type FromThread =
  | { readonly type: "loaded"; readonly summary: ShareSummary }
  | { readonly type: "handed-back"; readonly summary: ShareSummary; readonly share: unknown }
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "stepped"; readonly time: TaskTime; readonly step: CrossingStep };

const port = parentPort;
if (port !== null) {
  const host = new ProgramHost();
  const memory = new KeyListMemory();
  const post = (message: FromThread, transfer: ArrayBuffer[] = []): void =>
    port.postMessage(message, transfer);
  let held: LoadedShare | undefined;
  const load = async (message: Extract<ToThread, { type: "load" }>): Promise<void> => {
    const module = (await import((workerData as ThreadData).module)) as ProgramModule;
    const { job, share, handBackNonzerosMax } = message;
    const loaded = held ?? (await module.loadShare(share));
    const { summary } = loaded;
    if (summary.nonzeros <= handBackNonzerosMax) {
      return post({ type: "handed-back", summary, share: loaded.share }, buffersOf(loaded.share));
    }
    const application = module.applications(job.application);
    assert(application !== undefined, `the cluster knows the application ${job.application}`);
    held = { ...loaded, summary: { ...summary, loadMicros: 0 } };
    host.removeSlot(share.slot);
    host.addSlot(share.slot, application.slotProgram(job, share.slot, loaded.share));
    post({ type: "loaded", summary });
  };
  port.on("message", (message: ToThread) => {
    if (message.type === "load") {
      load(message).catch((error: unknown) => {
        post({ type: "failed", reason: error instanceof Error ? error.message : String(error) });
      });
      return;
    }
    const step = host.resume(message.slot, message.time, message.input);
    const { content, transfer } = packStep(step, memory);
    post({ type: "stepped", time: message.time, step: content }, transfer);
  });
}

/** Memory of the arrays in a plain record, one level of records deep. */
function buffersOf(share: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const visit = (value: unknown, depth: number): void => {
    if (ArrayBuffer.isView(value)) {
      if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength) {
        buffers.add(value.buffer);
      }
    } else if (typeof value === "object" && value !== null && depth > 0) {
      for (const field of Object.values(value)) visit(field, depth - 1);
    }
  };
  visit(share, 2);
  return [...buffers];
}
