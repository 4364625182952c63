/** Keeps what came of the job, at the scheduler's process, and serves it to whoever asks. */
import * as grpc from "@grpc/grpc-js";
import type { JobResult, Model } from "../../core/index.ts";
import { jobsService } from "../proto.ts";
import { callRefusal, type Door, outcomeRefusal } from "../security/access.ts";
import type { Service } from "../transport/server.ts";

/** `proto/tauring.proto`, as proto-loader makes and takes it. */
export interface OutcomePart {
  readonly json?: string;
  readonly modelKeys?: number;
  readonly hasModel?: boolean;
  readonly model?: Uint8Array;
}

type OutcomeCall = grpc.ServerWritableStream<Record<string, never>, OutcomePart>;

const partBytes = 256 * 1024;
/** Somebody who takes no part for so long has lost interest, even if the connection lives. */
const defaultStallMs = 60_000;

export class OutcomeKeeper {
  private readonly isScheduler: boolean;
  private readonly door: Door;
  private outcome: JobResult | undefined = undefined;
  private end: string | undefined = undefined;
  private waiting: OutcomeCall[] = [];
  private servedCount = 0;
  /** When each call that is being served took its last part. */
  private readonly serving: Map<OutcomeCall, number> = new Map();
  private readonly stallMs: number;

  constructor(isScheduler: boolean, door: Door, stallMs: number = defaultStallMs) {
    this.isScheduler = isScheduler;
    this.door = door;
    this.stallMs = stallMs;
  }

  /** There is an outcome, and nobody has it yet. */
  get isWanted(): boolean {
    return this.outcome !== undefined && this.servedCount === 0;
  }

  /** Somebody is fetching it, however slowly. */
  get isServing(): boolean {
    const stalled = performance.now() - this.stallMs;
    return [...this.serving.values()].some((takenAt) => takenAt > stalled);
  }

  keep(outcome: JobResult): void {
    this.outcome = outcome;
    for (const call of this.waiting) void this.serve(call, outcome);
    this.waiting = [];
  }

  /** There will be none: those who wait are told why. */
  close(reason: string): void {
    this.end = reason;
    for (const call of this.waiting) refuse(call, grpc.status.ABORTED, reason);
    this.waiting = [];
  }

  service(): Service {
    const handlers = { Outcome: (call: OutcomeCall) => this.asked(call) };
    return { definition: jobsService, handlers: handlers as unknown as grpc.UntypedServiceImplementation };
  }

  private asked(call: OutcomeCall): void {
    call.on("error", () => {});
    const refusal = callRefusal(call, this.door) ?? outcomeRefusal(call, this.door);
    if (refusal !== undefined) return refuse(call, refusal.code, refusal.reason);
    if (!this.isScheduler) {
      return refuse(
        call,
        grpc.status.NOT_FOUND,
        "outcomes are kept by the scheduler, and this is another node",
      );
    }
    if (this.outcome !== undefined) return void this.serve(call, this.outcome);
    if (this.end !== undefined) return refuse(call, grpc.status.ABORTED, this.end);
    this.waiting.push(call);
    call.on("cancelled", () => {
      this.waiting = this.waiting.filter((other) => other !== call);
    });
  }

  private async serve(call: OutcomeCall, outcome: JobResult): Promise<void> {
    this.serving.set(call, performance.now());
    call.on("cancelled", () => this.serving.delete(call));
    await this.send(call, outcome);
    this.serving.delete(call);
    if (!call.cancelled) this.servedCount++;
  }

  private async send(call: OutcomeCall, outcome: JobResult): Promise<void> {
    const { model, ...rest } = outcome;
    await write(call, {
      json: JSON.stringify(rest),
      modelKeys: model === undefined ? 0 : model.weights.length,
      hasModel: model !== undefined,
    });
    const bytes = model === undefined ? Buffer.alloc(0) : modelBytes(model);
    for (let at = 0; at < bytes.length && !call.cancelled; at += partBytes) {
      await write(call, { model: bytes.subarray(at, at + partBytes) });
      if (this.serving.has(call)) this.serving.set(call, performance.now());
    }
    call.end();
  }
}

/** Keys, then weights, little-endian. */
function modelBytes(model: Model): Buffer {
  const { keys, weights } = model;
  return Buffer.concat([
    Buffer.from(keys.buffer, keys.byteOffset, keys.byteLength),
    Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength),
  ]);
}

/** Resolves when the part was taken, or the call is gone. */
function write(call: OutcomeCall, part: OutcomePart): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      call.removeListener("cancelled", done);
      resolve();
    };
    call.once("cancelled", done);
    call.write(part, done);
  });
}

function refuse(call: OutcomeCall, code: grpc.status, details: string): void {
  call.emit("error", Object.assign(new Error(details), { code, details }));
}
