/** What one request has met so far, on its way from member to member. */
import * as grpc from "@grpc/grpc-js";
import { type CallError, said } from "./etcd-errors.ts";

/** Timers of the engine may be so much early. */
const cutShortMs = 5;

export class Attempts {
  count = 0;
  private readonly end: number;
  /** The last words of each member. */
  private readonly texts: Map<string, string> = new Map();

  constructor(timeoutMs: number) {
    this.end = performance.now() + timeoutMs;
  }

  get leftMs(): number {
    return this.end - performance.now();
  }

  get text(): string {
    // In an order of its own, so that the same trouble is told in the same words whoever was asked first.
    return [...this.texts.values()].sort().join("; ");
  }

  failed(address: string, { code, details }: CallError, help: string): void {
    this.count++;
    // The last attempt may have had no time at all: what was said before says more.
    const isCutShort = code === grpc.status.DEADLINE_EXCEEDED && this.leftMs < cutShortMs;
    if (!isCutShort || !this.texts.has(address)) this.texts.set(address, said(address, details, help));
  }
}
