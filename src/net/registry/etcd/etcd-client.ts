/**
 * Asks the members of an etcd, one after another, until one answers or the time is up.
 *
 * Invariant: what may have been done is not asked again, unless doing it twice is doing it once.
 */
import { setTimeout as pause } from "node:timers/promises";
import * as grpc from "@grpc/grpc-js";
import { Attempts } from "./attempts.ts";
import { type Answered, type EtcdApi, loadEtcdApi, type Method } from "./etcd-api.ts";
import { type CallError, judge, said, type Verdict } from "./etcd-errors.ts";
import { EtcdLogin } from "./etcd-login.ts";
import { EtcdMember } from "./etcd-member.ts";
import type { EtcdLimits, EtcdOptions } from "./etcd-options.ts";

export type Asked<Answer> =
  | { readonly type: "answered"; readonly answer: Answer; readonly revision: number }
  /** It may have been done, and may be asked again. */
  | { readonly type: "unavailable"; readonly reason: string }
  /** It was not done, and never will be. */
  | { readonly type: "refused"; readonly reason: string }
  | { readonly type: "compacted" | "no-lease" | "lease-taken" };

/** A member that is connected, and what a call to it carries. */
export interface Connected {
  readonly member: EtcdMember;
  readonly metadata: grpc.Metadata;
}

export interface EtcdClientEvents {
  /** Etcd will never answer this caller: its user, its certificates, or the addresses are wrong. */
  refused?(reason: string): void;
  /** No member can be reached, or they say no; they are asked again. Each reason is told once in `troubleAgainAfterMs`. */
  troubled?(reason: string): void;
}

interface Request<Sent, Answer extends Answered> {
  readonly method: Method<Sent, Answer>;
  readonly request: Sent;
  /** Doing it twice is doing it once. */
  readonly isRepeatable: boolean;
  /** Its answer's revision is that of all members, not of the one that answers. */
  readonly seesAllBefore: boolean;
}

/** How the way to a member failed. */
type Unreached = Extract<Asked<never>, { readonly type: "refused" }> | { readonly type: "unreached" };

export class EtcdClient {
  readonly api: EtcdApi = loadEtcdApi();
  readonly limits: EtcdLimits;
  private readonly options: EtcdOptions;
  private readonly events: EtcdClientEvents;
  private readonly members: readonly EtcdMember[];
  /** The member that is asked first. */
  private current = 0;
  private readonly login: EtcdLogin<Unreached>;
  private clusterId: number | undefined = undefined;
  /** The newest that an answer told of. */
  private revision = 0;
  /** When each was told. */
  private readonly troubles: Map<string, number> = new Map();
  private isClosed = false;

  /** Throws when the certificates cannot be read. */
  constructor(options: EtcdOptions, events: EtcdClientEvents) {
    this.options = options;
    this.events = events;
    this.limits = options.limits;
    const { tls, limits } = options;
    this.members = options.members.map(
      (address) => new EtcdMember({ address, tls, answerBytesMax: limits.answerBytesMax }),
    );
    this.login = new EtcdLogin(options, {
      api: this.api,
      trouble: (reason) => this.trouble(reason),
      failed: (member, error, attempts) => {
        const end = this.failed({ member, error, verdict: judge(error), attempts });
        return end?.type === "refused" ? end : { type: "unreached" };
      },
    });
  }

  async ask<Sent, Answer extends Answered>(asked: Request<Sent, Answer>): Promise<Asked<Answer>> {
    const attempts = new Attempts(this.limits.requestTimeoutMs);
    const known = this.revision;
    for (;;) {
      const connected = await this.connect(attempts);
      if ("type" in connected) return connected;
      const { member, metadata } = connected;
      const timeoutMs = Math.min(this.limits.attemptTimeoutMs, attempts.leftMs);
      const called = await member.call(asked.method, asked.request, { metadata, timeoutMs });
      if (called.ok) return this.answered(member, called.answer, asked.seesAllBefore ? known : 0);
      const verdict = judge(called.error);
      const mayGoOn = verdict.type === "elsewhere" || asked.isRepeatable;
      const end = this.failed({ member, error: called.error, verdict, attempts });
      if (end !== undefined) return end;
      if (verdict.type !== "unauthenticated" && !mayGoOn) {
        return this.unavailable(`${attempts.text}; it may have been done`);
      }
      await this.pauseAfterRound(attempts);
    }
  }

  /** The member to ask now, once it is connected. */
  async connectOne(): Promise<Connected | Exclude<Asked<never>, { readonly type: "answered" }>> {
    return this.connect(new Attempts(this.limits.requestTimeoutMs));
  }

  /** It has failed: the next one is asked from now on. */
  leave(member: EtcdMember): void {
    if (this.members[this.current] === member) this.current = (this.current + 1) % this.members.length;
  }

  /** The token was refused, as far as one can tell. */
  forgetToken(): void {
    this.login.forget();
  }

  trouble(reason: string): void {
    const now = performance.now();
    for (const [told, at] of this.troubles) {
      if (now - at >= this.limits.troubleAgainAfterMs) this.troubles.delete(told);
    }
    if (this.isClosed || this.troubles.has(reason)) return;
    this.troubles.set(reason, now);
    this.events.troubled?.(reason);
  }

  close(): void {
    this.isClosed = true;
    for (const member of this.members) member.close();
  }

  private async connect(
    attempts: Attempts,
  ): Promise<Connected | Exclude<Asked<never>, { readonly type: "answered" }>> {
    for (;;) {
      if (this.isClosed) return { type: "unavailable", reason: "the registry's client is closed" };
      // With less time an attempt would only hide what the one before has found.
      const leastMs = attempts.count === 0 ? 0 : this.limits.retryAfterMs;
      if (attempts.leftMs <= leastMs) return this.unavailable(this.nobody(attempts));
      const member = this.members[this.current];
      const metadata = await this.reach(member, attempts);
      if (metadata instanceof grpc.Metadata) return { member, metadata };
      if (metadata.type === "refused") return metadata;
      await this.pauseAfterRound(attempts);
    }
  }

  /** Nothing that changes anything is sent to a member before it has answered something harmless. */
  private async reach(member: EtcdMember, attempts: Attempts): Promise<grpc.Metadata | Unreached> {
    if (!member.isConnected) {
      const error = await this.probe(member, Math.min(this.limits.connectTimeoutMs, attempts.leftMs));
      if (error !== undefined) {
        const verdict: Verdict = { type: "elsewhere", help: unreachedHelp };
        this.failed({ member, error, verdict, attempts });
        return { type: "unreached" };
      }
    }
    return this.login.metadata(member, attempts);
  }

  /** The member's own answer, whatever it says: it needs neither a leader nor a user. */
  async probe(member: EtcdMember, timeoutMs: number): Promise<CallError | undefined> {
    const request = {
      key: Buffer.from(this.options.keyPrefix),
      serializable: true,
      keysOnly: true,
      limit: 1,
    };
    const metadata = new grpc.Metadata({ waitForReady: false });
    const called = await member.call(this.api.range, request, { metadata, timeoutMs });
    if (called.ok || called.error.details.startsWith("etcdserver: ")) return undefined;
    return called.error.code === grpc.status.UNIMPLEMENTED ? undefined : called.error;
  }

  private answered<Answer extends Answered>(
    member: EtcdMember,
    answer: Answer,
    known: number,
  ): Asked<Answer> {
    const clusterId = answer.header?.clusterId ?? 0;
    const revision = answer.header?.revision ?? 0;
    this.clusterId ??= clusterId;
    if (clusterId !== this.clusterId) {
      const others = this.options.members.filter((address) => address !== member.address).join(", ");
      return this.forbid(
        `etcd at ${member.address} is another cluster than it was, or than ${others}: name members of one`,
      );
    }
    if (revision < known) {
      return this.forbid(
        `etcd at ${member.address} went back from revision ${known} to ${revision}: was it restored from a copy?`,
      );
    }
    this.revision = Math.max(this.revision, revision);
    return { type: "answered", answer, revision };
  }

  /** Undefined: it may be asked of another member, or again. */
  private failed(failure: {
    readonly member: EtcdMember;
    readonly error: CallError;
    readonly verdict: Verdict;
    readonly attempts: Attempts;
  }):
    | Extract<Asked<never>, { readonly type: "refused" | "compacted" | "no-lease" | "lease-taken" }>
    | undefined {
    const { member, error, verdict, attempts } = failure;
    switch (verdict.type) {
      case "forbidden":
        return this.forbid(said(member.address, error.details, verdict.help));
      case "refused":
        return { type: "refused", reason: said(member.address, error.details, verdict.help) };
      case "compacted":
      case "no-lease":
      case "lease-taken":
        return verdict;
      case "unauthenticated":
        this.forgetToken();
        attempts.failed(member.address, error, "");
        return undefined;
      default:
        attempts.failed(member.address, error, verdict.help);
        this.leave(member);
        return undefined;
    }
  }

  private forbid(reason: string): Extract<Asked<never>, { readonly type: "refused" }> {
    if (!this.isClosed) this.events.refused?.(reason);
    return { type: "refused", reason };
  }

  private unavailable(reason: string): Extract<Asked<never>, { readonly type: "unavailable" }> {
    this.trouble(reason);
    return { type: "unavailable", reason };
  }

  private nobody(attempts: Attempts): string {
    const { requestTimeoutMs } = this.limits;
    return `no member of etcd has answered within requestTimeoutMs ${requestTimeoutMs}: ${attempts.text}`;
  }

  /** Each member has its turn at once; then all have a moment. */
  private async pauseAfterRound(attempts: Attempts): Promise<void> {
    if (attempts.count % this.members.length !== 0) return;
    await pause(Math.max(1, Math.min(this.limits.retryAfterMs, attempts.leftMs)));
  }
}

const unreachedHelp = "is an etcd running there, and reachable from here?";
