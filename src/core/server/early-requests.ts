/**
 * Requests that came before what they are served by: the job, the view, or the view that their sender has. Refused,
 * they would come again after those that their sender sent next; taken in order, they stay in its order, which with
 * `tau = 0` is the order of a task's ops.
 */
import type { Micros, NodeId } from "../ids.ts";
import { chargeOf } from "./held-parts.ts";
import type { Request } from "./requests.ts";

export interface EarlyRequest {
  readonly from: NodeId;
  readonly request: Request;
  readonly since: Micros;
}

/** Invariant: `bytes` is what the requests kept are charged, at most `bytesMax`. */
export class EarlyRequests {
  /** A write was refused: what its sender sent next may be taken before it. */
  hasLostOrder: boolean = false;
  private readonly bytesMax: number;
  private kept: EarlyRequest[] = [];
  private bytes: number = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** In bytes. */
  get size(): number {
    return this.bytes;
  }

  /** In the order in which they came. */
  all(): readonly EarlyRequest[] {
    return this.kept;
  }

  /** False: there is no room. */
  keep(early: EarlyRequest): boolean {
    const { request } = early;
    const charge = chargeOf(request);
    if (this.bytes + charge > this.bytesMax) {
      this.hasLostOrder ||= request.type === "push" || (request.type === "call" && request.isWrite);
      return false;
    }
    this.kept.push(early);
    this.bytes += charge;
    return true;
  }

  take(): readonly EarlyRequest[] {
    const taken = this.kept;
    this.kept = [];
    this.bytes = 0;
    return taken;
  }
}
