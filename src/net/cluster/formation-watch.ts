/**
 * Which process of a local cluster has stopped while the cluster forms: the manager watches only who is registered, and
 * who is not could be waited for without end. Each is asked twice a second, and says that it is there. One that says so
 * for ever and is never registered is named as well.
 */
import { readFileSync } from "node:fs";
import type { NodeId } from "../../core/index.ts";

export interface FormingNode {
  readonly node: NodeId;
  readonly pid: number | undefined;
  readonly ask: () => void;
}

export interface FormationLimits {
  /** A process that answers nothing for so long has stopped. */
  readonly silentAfterMs: number;
  /** Where no node comes to be registered for so long, those that are not wait for something that does not come. */
  readonly formAfterMs: number;
}

/** What keeps the cluster from forming; called once. */
export interface FormationTrouble {
  silent(node: NodeId, silentMs: number): void;
  unregistered(node: NodeId, waitedMs: number): void;
}

interface Member extends FormingNode {
  heardAt: number;
  isListening: boolean;
  isRegistered: boolean;
  processorTime: string | undefined;
}

const lookMs = 500;

export class FormationWatch {
  private readonly members: Map<NodeId, Member> = new Map();
  private readonly count: number;
  private readonly limits: FormationLimits;
  private readonly trouble: FormationTrouble;
  /** When a node was registered, or one was started again. */
  private grewAt = 0;
  private timer: NodeJS.Timeout | undefined = undefined;
  private lookedAt = 0;
  private isClosed = false;

  /** Watches until `count` nodes are registered; of the silent ones the one that was heard first of all is named. */
  constructor(count: number, limits: FormationLimits, trouble: FormationTrouble) {
    this.count = count;
    this.limits = limits;
    this.trouble = trouble;
  }

  add(forming: FormingNode): void {
    if (this.isClosed) return;
    const now = performance.now();
    this.grewAt = now;
    this.members.set(forming.node, {
      ...forming,
      heardAt: now,
      isListening: false,
      isRegistered: false,
      processorTime: undefined,
    });
    if (this.timer !== undefined) return;
    this.lookedAt = now;
    this.timer = setInterval(() => this.look(performance.now()), lookMs);
    this.timer.unref();
  }

  heard(node: NodeId, news: "here" | "ready" | "registered"): void {
    const member = this.members.get(node);
    if (member === undefined) return;
    member.heardAt = performance.now();
    if (news === "ready") member.isListening = true;
    if (news === "registered") {
      member.isRegistered = true;
      this.grewAt = member.heardAt;
    }
    const registered = [...this.members.values()].filter(({ isRegistered }) => isRegistered);
    if (registered.length === this.count) this.close();
  }

  /** Its process has ended, which is for others to tell. */
  left(node: NodeId): void {
    this.members.delete(node);
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.timer);
    this.members.clear();
  }

  private look(now: number): void {
    const { silentAfterMs, formAfterMs } = this.limits;
    const wasLate = now - this.lookedAt > silentAfterMs / 2;
    this.lookedAt = now;
    const members = [...this.members.values()];
    for (const member of members) {
      // Who was late itself has not listened; who loads its program uses the processor, and has no time to answer.
      if (wasLate || (!member.isListening && hasRun(member))) member.heardAt = now;
      member.ask();
    }
    if (members.length === 0) return;
    const [first] = members.toSorted((a, b) => a.heardAt - b.heardAt);
    const silentMs = Math.round(now - first.heardAt);
    if (silentMs > silentAfterMs) {
      this.close();
      return this.trouble.silent(first.node, silentMs);
    }
    const waitedMs = Math.round(now - this.grewAt);
    // The manager is registered first, and all others wait for what keeps it.
    const unregistered = members.find(({ isRegistered }) => !isRegistered);
    if (unregistered === undefined || waitedMs <= formAfterMs) return;
    this.close();
    this.trouble.unregistered(unregistered.node, waitedMs);
  }
}

/** Where the system does not say, it is taken to have. */
function hasRun(member: Member): boolean {
  const before = member.processorTime;
  member.processorTime = processorTime(member.pid);
  return member.processorTime === undefined || member.processorTime !== before;
}

/** proc_pid_stat(5): `utime` and `stime`, the 14th and 15th; the second, a name, may hold anything but ends with `)`. */
function processorTime(pid: number | undefined): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .slice(11, 13)
      .join(" ");
  } catch {
    return undefined;
  }
}
