/**
 * Heartbeats to the manager, outside the session: never repeated, never waited for. Now and then one asks for an answer,
 * and each after it until one has come. A manager that has not answered for `suspectAfterMs` is suspected, and the
 * node goes on: what workers and servers say to each other needs no manager. While the silence lasts the registry is asked
 * for a sign of life; a node that hears neither ends. One that was late itself restarts its windows first.
 */
import { milliseconds } from "../ids.ts";
import { type Micros, type NodeId, roleOf } from "../ids.ts";
import { mix32 } from "../keys/mix.ts";
import { recordKeys } from "../registry/records.ts";
import type { Shell } from "../shell.ts";

/** Of `suspectAfterMs`: so long after an answer the next one is asked for. Another manager, which would take the term, always asks. */
const askingShare = 1 / 4;

export const heartbeatTimer = "shell:heartbeat";

export type ManagerWatchHost = Pick<
  Shell,
  "id" | "now" | "options" | "leader" | "send" | "setTimer" | "observe" | "registry" | "effect"
> & {
  /** At each heartbeat, while the silence lasts. */
  managerSuspected(silentMs: number): void;
};

export class ManagerWatch {
  private readonly host: ManagerWatchHost;
  private count: number = 0;
  private manager: NodeId | undefined = undefined;
  private heardAt: number = 0;
  /** When an answer was first asked for since then. */
  private askedAt: number | undefined = undefined;
  private dueAt: number = 0;
  private isSuspected: boolean = false;
  private isLeaving: boolean = false;
  private isAsking: boolean = false;
  private registryHeardAt: number = 0;

  constructor(host: ManagerWatchHost) {
    this.host = host;
  }

  begin(): void {
    this.dueAt = this.host.now;
    this.beat();
  }

  /** At `heartbeatTimer`. */
  beat(): void {
    const { now, options } = this.host;
    const interval = milliseconds(options.heartbeatIntervalMs);
    const wasLate = now - this.dueAt >= interval;
    this.dueAt = now + interval;
    this.host.setTimer(heartbeatTimer, this.dueAt as Micros);
    const manager = this.host.leader("manager")?.node;
    if (manager !== this.manager || wasLate) this.heard();
    this.manager = manager;
    if (manager === undefined || manager === this.host.id) return;
    this.tell(manager);
    const silent = this.askedAt === undefined ? 0 : now - this.askedAt;
    if (silent >= milliseconds(options.suspectAfterMs)) this.suspect(manager, silent);
  }

  /** Another leads, or the same node in another life: it knows of this one at once, and not a heartbeat later. */
  managerChanged(): void {
    const manager = this.host.leader("manager")?.node;
    if (manager === undefined || manager === this.host.id) return;
    this.manager = manager;
    this.heard();
    this.tell(manager);
  }

  /** The node was asked to leave: the manager hears of it at once. */
  leaving(): void {
    this.isLeaving = true;
    const manager = this.host.leader("manager")?.node;
    if (manager !== undefined && manager !== this.host.id) this.tell(manager);
  }

  answered(from: NodeId, term: number): void {
    const leader = this.host.leader("manager");
    if (leader?.node === from && term >= leader.term) this.heard();
  }

  digest(): number {
    const suspicion = mix32(Number(this.isSuspected) + 2 * Number(this.isAsking), this.registryHeardAt);
    return mix32(mix32(mix32(this.count, this.heardAt), mix32(this.dueAt, this.askedAt ?? 0)), suspicion);
  }

  private tell(manager: NodeId): void {
    const { id, now, options } = this.host;
    const isPatient = now - this.heardAt < askingShare * milliseconds(options.suspectAfterMs);
    const isAsking = roleOf(id) === "manager" || this.askedAt !== undefined || !isPatient;
    if (isAsking) this.askedAt ??= now;
    this.count += 1;
    const { count, isLeaving } = this;
    this.host.send(manager, "control", { type: "heartbeat", count, isLeaving, isAsking });
  }

  private heard(): void {
    this.heardAt = this.host.now;
    this.askedAt = undefined;
    this.isSuspected = false;
  }

  private suspect(manager: NodeId, silentMicros: number): void {
    const { now, options } = this.host;
    const silentMs = Math.round(silentMicros / 1000);
    if (!this.isSuspected) {
      this.isSuspected = true;
      this.registryHeardAt = now;
      this.host.observe({ type: "node-suspected", peer: manager, silentMs });
    }
    this.host.managerSuspected(silentMs);
    const { registryLostAfterMs } = options;
    const registrySilent = now - this.registryHeardAt;
    if (registrySilent < milliseconds(registryLostAfterMs)) return this.askRegistry();
    const registrySilentMs = Math.round(registrySilent / 1000);
    const reason =
      `${manager} has not answered a heartbeat for ${silentMs} ms, ` +
      `nor the registry for ${registrySilentMs} ms (registryLostAfterMs ${registryLostAfterMs})`;
    this.host.effect({ type: "stopped", reason });
  }

  private askRegistry(): void {
    if (this.isAsking) return;
    this.isAsking = true;
    this.host.registry({ type: "read", prefix: recordKeys.term("manager") }, (answer) => {
      this.isAsking = false;
      if (answer.type !== "unavailable") this.registryHeardAt = this.host.now;
    });
  }
}
