/** Asks one node what `proto/admin.proto` offers. */
import * as grpc from "@grpc/grpc-js";
import type { NodeId } from "../../core/index.ts";
import { adminService } from "../proto.ts";
import { type TlsFiles, clientCredentials } from "../security/credentials.ts";
import { channelOptions } from "../transport/dial.ts";
import { clientMetadata } from "../transport/handshake.ts";
import { defaultTransportLimits } from "../transport/limits.ts";
import { decommissionWithinMs } from "./decommission.ts";
import type { LeaveRequest, MembersAnswer, WhyAnswer } from "./admin-messages.ts";
import { plainReason } from "../plain-reason.ts";

export interface AdminAccess {
  readonly tls: TlsFiles | undefined;
  /** Undefined: whichever cluster answers there. */
  readonly clusterId: string | undefined;
  /** A node that has not answered by then counts as unreachable. */
  readonly timeoutMs: number;
}

export interface NodeAddress {
  /** Undefined: whoever answers there. */
  readonly node: NodeId | undefined;
  readonly address: string;
}

/** Weather: the node could not be asked, or said no. */
export interface AdminRefusal {
  readonly ok: false;
  readonly reason: string;
  /** It answered, and refuses: by identity or permission, or because it cannot be. */
  readonly kind: "unreachable" | "denied" | "refused" | "late";
}

export type AdminAnswer<T> = { readonly ok: true; readonly answer: T } | AdminRefusal;

type Method = "Members" | "Why" | "Leave" | "Decommission";
type Callback<T> = (error: grpc.ServiceError | null, answer?: T) => void;
type RawClient = Record<
  Method,
  (
    request: object,
    metadata: grpc.Metadata,
    options: grpc.CallOptions,
    callback: Callback<never>,
  ) => grpc.ClientUnaryCall
> & { close(): void };

export class AdminClient {
  private readonly access: AdminAccess;
  private readonly client: RawClient;

  constructor({ node, address }: NodeAddress, access: AdminAccess) {
    const { tls, clusterId } = access;
    const Client = grpc.makeClientConstructor(adminService, "Admin");
    this.access = access;
    this.client = new Client(
      address,
      clientCredentials(tls, node, clusterId),
      channelOptions(defaultTransportLimits),
    ) as unknown as RawClient;
  }

  members(): Promise<AdminAnswer<MembersAnswer>> {
    return this.ask<MembersAnswer>("Members", {}, this.access.timeoutMs);
  }

  why(): Promise<AdminAnswer<WhyAnswer>> {
    return this.ask<WhyAnswer>("Why", {}, this.access.timeoutMs);
  }

  /** Answered when the node has left, or will not. */
  leave(request: LeaveRequest): Promise<AdminAnswer<object>> {
    return this.ask<object>("Leave", request, request.drainTimeoutMs + this.access.timeoutMs);
  }

  /** Of the acting manager. */
  decommission(node: string): Promise<AdminAnswer<object>> {
    return this.ask<object>("Decommission", { node }, decommissionWithinMs + this.access.timeoutMs);
  }

  close(): void {
    this.client.close();
  }

  private ask<T>(method: Method, request: object, withinMs: number): Promise<AdminAnswer<T>> {
    const options: grpc.CallOptions = { deadline: Date.now() + withinMs };
    return new Promise((resolve) => {
      const answered: Callback<T> = (error, answer) => {
        if (error === null) resolve({ ok: true, answer: answer as T });
        else resolve({ ok: false, kind: kindOf(error), reason: plainReason(error.details) });
      };
      this.client[method](
        request,
        clientMetadata(this.access.clusterId),
        options,
        answered as Callback<never>,
      );
    });
  }
}

function kindOf({ code, details }: grpc.ServiceError): AdminRefusal["kind"] {
  if (code === grpc.status.PERMISSION_DENIED || code === grpc.status.UNAUTHENTICATED) return "denied";
  if (code === grpc.status.FAILED_PRECONDITION || code === grpc.status.INVALID_ARGUMENT) return "refused";
  // grpc-js says the same code where nobody answered.
  if (code === grpc.status.DEADLINE_EXCEEDED && !details.startsWith("Deadline exceeded")) return "late";
  return "unreachable";
}
