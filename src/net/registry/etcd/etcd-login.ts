/** The token by which a user is known to etcd: asked for once, and again where it was refused. */
import * as grpc from "@grpc/grpc-js";
import type { Attempts } from "./attempts.ts";
import type { EtcdApi } from "./etcd-api.ts";
import { type CallError, said } from "./etcd-errors.ts";
import type { EtcdMember } from "./etcd-member.ts";
import type { EtcdOptions } from "./etcd-options.ts";

export interface LoginHost<Failed> {
  readonly api: EtcdApi;
  trouble(reason: string): void;
  /** The member did not answer, or said no. */
  failed(member: EtcdMember, error: CallError, attempts: Attempts): Failed;
}

export class EtcdLogin<Failed extends object> {
  private readonly options: Pick<EtcdOptions, "user" | "limits">;
  private readonly host: LoginHost<Failed>;
  private token: Promise<string | Failed> | undefined = undefined;

  constructor(options: Pick<EtcdOptions, "user" | "limits">, host: LoginHost<Failed>) {
    this.options = options;
    this.host = host;
  }

  /** The token was refused, as far as one can tell. */
  forget(): void {
    this.token = undefined;
  }

  /** What a call carries. All that ask meanwhile share one authentication. */
  async metadata(member: EtcdMember, attempts: Attempts): Promise<grpc.Metadata | Failed> {
    const token = await this.authenticated(member, attempts);
    return typeof token === "object" ? token : metadataOf(token);
  }

  /** The token of the user, or "" where there is none. */
  private authenticated(member: EtcdMember, attempts: Attempts): Promise<string | Failed> {
    const { user } = this.options;
    if (user === undefined) return Promise.resolve("");
    if (this.token !== undefined) return this.token;
    const token = this.authenticate(member, attempts, user);
    this.token = token;
    void token.then((got) => {
      if (typeof got === "object" && this.token === token) this.token = undefined;
    });
    return token;
  }

  private async authenticate(
    member: EtcdMember,
    attempts: Attempts,
    user: { readonly name: string; readonly password: string },
  ): Promise<string | Failed> {
    const metadata = metadataOf("");
    const timeoutMs = Math.max(1, Math.min(this.options.limits.attemptTimeoutMs, attempts.leftMs));
    const called = await member.call(this.host.api.authenticate, user, { metadata, timeoutMs });
    if (called.ok) return called.answer.token;
    const { error } = called;
    if (!error.details.includes("authentication is not enabled")) {
      return this.host.failed(member, error, attempts);
    }
    this.host.trouble(said(member.address, error.details, `user ${user.name} is not asked for a password`));
    return "";
  }
}

/** A member that has lost its leader says so, rather than being silent. */
function metadataOf(token: string): grpc.Metadata {
  const metadata = new grpc.Metadata({ waitForReady: false });
  metadata.set("hasleader", "true");
  if (token !== "") metadata.set("token", token);
  return metadata;
}
