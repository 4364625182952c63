/**
 * Heartbeats to the manager, outside the session: never repeated, never waited for. A manager that has been silent for
 * `suspectAfterMs` is suspected; a node that was late itself restarts its window first.
 */
import { milliseconds } from "../ids.ts";
import type { Micros, NodeId } from "../ids.ts";
import { mix32 } from "../keys/mix.ts";
import type { Shell } from "../shell.ts";

export const heartbeatTimer = "shell:heartbeat";

export type ManagerWatchHost = Pick<
  Shell,
  "id" | "now" | "options" | "leader" | "send" | "setTimer" | "observe" | "fail"
>;

export class ManagerWatch {
  private readonly host: ManagerWatchHost;
  private count: number = 0;
  private manager: NodeId | undefined = undefined;
  private heardAt: number = 0;
  private dueAt: number = 0;

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
    if (manager !== this.manager || wasLate) this.heardAt = now;
    this.manager = manager;
    if (manager === undefined || manager === this.host.id) return;
    const silent = now - this.heardAt;
    if (silent >= milliseconds(options.suspectAfterMs)) return this.suspect(manager, silent);
    this.host.send(manager, "control", { type: "heartbeat", count: ++this.count });
  }

  answered(from: NodeId, term: number): void {
    const leader = this.host.leader("manager");
    if (leader?.node === from && term >= leader.term) this.heardAt = this.host.now;
  }

  digest(): number {
    return mix32(mix32(this.count, this.heardAt), this.dueAt);
  }

  private suspect(manager: NodeId, silentMicros: number): void {
    const silentMs = Math.round(silentMicros / 1000);
    const { suspectAfterMs } = this.host.options;
    this.host.observe({ type: "node-suspected", peer: manager, silentMs });
    this.host.fail(
      `${manager} has not answered a heartbeat for ${silentMs} ms (suspectAfterMs ${suspectAfterMs})`,
    );
  }
}
