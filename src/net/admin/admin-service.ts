/** What every node answers to people and screens (`proto/admin.proto`), beside its own streams. */
import * as grpc from "@grpc/grpc-js";
import type { NodeId, Wait } from "../../core/index.ts";
import { adminService } from "../proto.ts";
import { adminRefusal, callRefusal, type Door, type Refusal } from "../security/access.ts";
import type { Service } from "../transport/server.ts";
import type { ClusterShape, LeaveRequest, MembersAnswer, NodeState, WhyAnswer } from "./admin-messages.ts";
import type { KnownMember } from "./known-cluster.ts";
import type { OwnState } from "./own-state.ts";
import { WatchCall, watchIntervalMs } from "./watch-call.ts";

export interface AdminNode {
  readonly node: NodeId;
  readonly state: OwnState;
  readonly members: () => readonly KnownMember[];
  readonly why: () => readonly (Wait & { readonly waitedMicros: number })[];
  readonly shape: () => ClusterShape;
  /** Resolves to the reason why the node could not be marked; undefined: it is. */
  readonly decommission: (node: string) => Promise<string | undefined>;
  /** Why the node may not leave; undefined: it is about to. */
  readonly leave: (reason: string, drainMs: number, allowsFewerCopies: boolean) => string | undefined;
}

/** What came of a node's leaving; undefined: others have what it held. */
export type LeaveFailure = string | undefined;

type Unary<Request, Answer> = (
  call: grpc.ServerUnaryCall<Request, Answer>,
  callback: grpc.sendUnaryData<Answer>,
) => void;

/** Whoever drains a node for longer has forgotten it. */
const drainMsMax = 24 * 60 * 60_000;

export class AdminService {
  private readonly node: AdminNode;
  private readonly door: Door;
  private readonly leaving: grpc.sendUnaryData<object>[] = [];

  constructor(node: AdminNode, door: Door) {
    this.node = node;
    this.door = door;
  }

  service(): Service {
    const handlers = {
      Members: this.unary<object, MembersAnswer>(undefined, () => this.members()),
      Why: this.unary<object, WhyAnswer>(undefined, () => this.why()),
      Leave: this.leave(),
      Decommission: this.decommission(),
      Watch: (call: grpc.ServerWritableStream<{ readonly intervalMs: number }, NodeState>) =>
        this.watch(call),
    } as unknown as grpc.UntypedServiceImplementation;
    return { definition: adminService, handlers };
  }

  /** The node is about to end: those who asked it to leave hear what came of it. */
  left(failure: LeaveFailure): void {
    for (const callback of this.leaving.splice(0)) {
      if (failure === undefined) callback(null, {});
      else callback({ code: grpc.status.DEADLINE_EXCEEDED, details: failure });
    }
  }

  private watch(call: grpc.ServerWritableStream<{ readonly intervalMs: number }, NodeState>): void {
    call.on("error", () => {});
    const refusal = callRefusal(call, this.door);
    if (refusal !== undefined) return void call.emit("error", errorOf(refusal));
    const { min, max } = watchIntervalMs;
    const intervalMs = call.request.intervalMs === 0 ? min : call.request.intervalMs;
    if (intervalMs >= min && intervalMs <= max) return void new WatchCall(call, this.node.state, intervalMs);
    const details = `interval_ms ${intervalMs} is not from ${min} to ${max}`;
    call.emit("error", { code: grpc.status.INVALID_ARGUMENT, details });
  }

  private members(): MembersAnswer {
    const { node, members } = this.node;
    const known = members();
    return {
      node,
      incarnation: known.find((member) => member.node === node)?.incarnation ?? 0,
      cluster: this.door.clusterId,
      members: known.map(({ gone, ...member }) => ({
        ...member,
        isGone: gone !== undefined,
        goneReason: gone ?? "",
      })),
      shape: this.node.shape(),
    };
  }

  private why(): WhyAnswer {
    const waits = this.node.why().map(({ blocked, waitsFor, waitedMicros, edge }) => {
      return { blocked, waitsFor, waitedMicros, edge: JSON.stringify(edge) };
    });
    return { node: this.node.node, waits };
  }

  private leave(): Unary<LeaveRequest, object> {
    return (call, callback) => {
      const refusal = callRefusal(call, this.door) ?? adminRefusal(call, this.door);
      if (refusal !== undefined) return callback(errorOf(refusal));
      const { reason, drainTimeoutMs, allowsFewerCopies } = call.request;
      if (!Number.isSafeInteger(drainTimeoutMs) || drainTimeoutMs < 1 || drainTimeoutMs > drainMsMax) {
        const details = `drain_timeout_ms ${drainTimeoutMs} is not from 1 to ${drainMsMax}`;
        return callback({ code: grpc.status.INVALID_ARGUMENT, details });
      }
      // A node that holds nothing has left before `leave` returns.
      this.leaving.push(callback);
      const refused = this.node.leave(reason, drainTimeoutMs, allowsFewerCopies);
      if (refused === undefined) return;
      this.leaving.splice(this.leaving.indexOf(callback), 1);
      callback({ code: grpc.status.FAILED_PRECONDITION, details: refused });
    };
  }

  private decommission(): Unary<{ readonly node: string }, object> {
    return (call, callback) => {
      const refusal = callRefusal(call, this.door) ?? adminRefusal(call, this.door);
      if (refusal !== undefined) return callback(errorOf(refusal));
      void this.node.decommission(call.request.node).then((refused) => {
        if (refused === undefined) callback(null, {});
        else callback({ code: grpc.status.FAILED_PRECONDITION, details: refused });
      });
    };
  }

  private unary<Request, Answer>(
    refuse: ((call: grpc.ServerUnaryCall<Request, Answer>, door: Door) => Refusal | undefined) | undefined,
    answer: (request: Request) => Answer,
  ): Unary<Request, Answer> {
    return (call, callback) => {
      const refusal = callRefusal(call, this.door) ?? refuse?.(call, this.door);
      if (refusal === undefined) callback(null, answer(call.request));
      else callback(errorOf(refusal));
    };
  }
}

function errorOf({ code, reason }: Refusal): { readonly code: grpc.status; readonly details: string } {
  return { code, details: reason };
}
