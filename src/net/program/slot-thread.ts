/** A slot's worker thread, seen from the event loop: posts what is asked, and answers each question once. */
import { Worker } from "node:worker_threads";
import type {
  JobSpec,
  ProgramInput,
  ProgramStep,
  ShareSpec,
  ShareSummary,
  TaskTime,
} from "../../core/index.ts";
import { packInput, unpackStep } from "./crossing.ts";
import { KeyListMemory } from "./key-list-memory.ts";
import type { FromThread, ThreadData, ToThread } from "./thread.ts";
import { threadUrl } from "./thread-url.ts";

export type Loaded =
  /** The program runs in the thread. */
  | { readonly type: "held"; readonly summary: ShareSummary }
  | { readonly type: "handed-back"; readonly summary: ShareSummary; readonly share: unknown }
  | { readonly type: "failed"; readonly reason: string };

export class SlotThread {
  /** Whoever ended it. */
  readonly exited: Promise<void>;
  private readonly thread: Worker;
  private readonly memory: KeyListMemory = new KeyListMemory();
  private loaded: ((loaded: Loaded) => void) | undefined = undefined;
  private readonly steps: Map<TaskTime, (step: ProgramStep) => void> = new Map();
  private failure: string | undefined = undefined;
  private hasProgram = false;

  constructor(moduleUrl: string) {
    const workerData: ThreadData = { module: moduleUrl };
    this.thread = new Worker(threadUrl("thread", import.meta.url), { workerData });
    this.exited = new Promise((resolve) => this.thread.once("exit", () => resolve()));
    this.thread.on("message", (message: FromThread) => this.received(message));
    this.thread.on("error", (error) => this.fail(`its thread failed: ${error.message}`));
    this.thread.on("exit", (code) => this.fail(`its thread ended with code ${code}`));
  }

  /** It has a share: to load that of the same slot again reads nothing, and makes its program anew. */
  get isHolding(): boolean {
    return this.hasProgram && this.failure === undefined;
  }

  load(job: JobSpec, share: ShareSpec, handBackNonzerosMax: number, loaded: (loaded: Loaded) => void): void {
    this.loaded = loaded;
    // What the program before it still answers is for nobody.
    this.steps.clear();
    this.post({ type: "load", job, share, handBackNonzerosMax }, []);
  }

  resume(
    where: { readonly slot: ShareSpec["slot"]; readonly time: TaskTime },
    input: ProgramInput,
    done: (step: ProgramStep) => void,
  ): void {
    if (this.failure !== undefined) return done({ type: "failed", reason: this.failure });
    this.steps.set(where.time, done);
    const { content, transfer } = packInput(input);
    this.post({ type: "resume", ...where, input: content }, transfer);
  }

  async close(): Promise<void> {
    this.loaded = undefined;
    this.steps.clear();
    await this.thread.terminate();
  }

  private post(message: ToThread, transfer: ArrayBuffer[]): void {
    this.thread.postMessage(message, transfer);
  }

  private received(message: FromThread): void {
    if (message.type === "stepped") {
      const step = unpackStep(message.step, this.memory);
      const done = this.steps.get(message.time);
      this.steps.delete(message.time);
      done?.(step);
      return;
    }
    const loaded = this.loaded;
    this.loaded = undefined;
    this.hasProgram = message.type === "loaded";
    loaded?.(message.type === "loaded" ? { type: "held", summary: message.summary } : message);
  }

  private fail(reason: string): void {
    this.failure ??= reason;
    this.loaded?.({ type: "failed", reason });
    this.loaded = undefined;
    const waiting = [...this.steps.values()];
    this.steps.clear();
    for (const done of waiting) done({ type: "failed", reason });
  }
}
