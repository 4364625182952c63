/**
 * A role in one lineage after another (docs/protocol.md 14). Where the job was rolled back the role begins anew, with nothing: whatever
 * the one before held, waited for or was about to say is void, and no message of its lineage reaches the new one.
 */
import type { NodeStatistics } from "../application.ts";
import { mix32 } from "../keys/mix.ts";
import type { Micros, NodeId } from "../ids.ts";
import type { Message } from "../message/message.ts";
import type { Event, Wait } from "../node.ts";
import type { BufferSize, Holding } from "../observation.ts";
import { recordKeys } from "../registry/records.ts";
import type { RegistryRecord } from "../registry/registry.ts";
import type { View } from "../ring/view.ts";
import type { KeptMessage, RoleLogic, Shell } from "../shell.ts";
import { LineageShell } from "./lineage-shell.ts";

export class LineageRole implements RoleLogic {
  private readonly shell: Shell;
  private readonly make: (shell: Shell) => RoleLogic;
  private scope: LineageShell;
  private role: RoleLogic;
  /** Of the role; 0: it has begun before there was a view. */
  private lineage: number = 0;
  /** The node was asked to leave, and so is each role after this one. */
  private leaving: Event | undefined;

  constructor(shell: Shell, make: (shell: Shell) => RoleLogic) {
    this.shell = shell;
    this.make = make;
    this.scope = new LineageShell(shell);
    this.role = make(this.scope);
  }

  started(): void {
    this.begin();
  }

  received(from: NodeId, message: Message): void {
    if (!isVoid(message, this.shell.view)) this.role.received(from, message);
    else this.shell.observe({ type: "frame-dropped", reason: `"${message.type}" of a lineage that is over` });
  }

  timerFired(timer: string): void {
    this.role.timerFired(timer);
  }

  recordChanged(key: string, record: RegistryRecord | undefined): void {
    const { view } = this.shell;
    if (key === recordKeys.view && view !== undefined && this.lineage > 0 && view.lineage > this.lineage) {
      return this.begin(this.role.kept?.());
    }
    this.lineage = view?.lineage ?? 0;
    this.role.recordChanged(key, record);
  }

  handle(event: Event): void {
    if (event.type === "stop-requested" && event.drains) this.leaving = event;
    this.role.handle(event);
  }

  statistics(): Pick<NodeStatistics, "slots" | "tasksFinished"> {
    return this.role.statistics();
  }

  holdings(): readonly Holding[] {
    return this.role.holdings?.() ?? [];
  }

  buffers(): readonly BufferSize[] {
    return this.role.buffers?.() ?? [];
  }

  managerSuspected(silentMs: number): void {
    this.role.managerSuspected?.(silentMs);
  }

  why(now: Micros): readonly Wait[] {
    return this.role.why(now);
  }

  digest(): number {
    return this.lineage < 2 ? this.role.digest() : mix32(this.role.digest(), this.lineage);
  }

  /** `kept`: what came before this node knew of the view that it is of. */
  private begin(kept: readonly KeptMessage[] = []): void {
    const { shell } = this;
    this.scope.end();
    this.scope = new LineageShell(shell);
    this.role = this.make(this.scope);
    this.lineage = shell.view?.lineage ?? 0;
    this.role.started();
    if (this.leaving !== undefined) this.role.handle(this.leaving);
    for (const { from, message } of kept) this.received(from, message);
  }
}

/** Was it said in a lineage that is over? Answers say so by the state that they are of, all else by the view that it names. */
function isVoid(message: Message, view: View | undefined): boolean {
  if (view?.begins === undefined) return false;
  switch (message.type) {
    case "pushed":
    case "pulled":
    case "called":
      return message.token.lineage < view.lineage;
    case "refused":
      // Whoever has no room has not looked at it: it may be asked in this lineage, by one that knows of it first.
      return message.reason !== "full" && message.view < view.begins.view;
    default:
      return "view" in message && message.view < view.begins.view;
  }
}
