/** Asks every node for its counters, and waits until all that are still there have answered. */
import type { NodeStatistics } from "../application.ts";
import { type NodeId, roleOf, roles } from "../ids.ts";
import type { Shell } from "../shell.ts";

const idsPerLineage = 2 ** 20;

export class Census {
  private readonly shell: Shell;
  private id: number;
  /** By incarnation: another one was not asked. */
  private readonly missing: Map<NodeId, number> = new Map();
  private readonly reports: Map<NodeId, NodeStatistics> = new Map();

  constructor(shell: Shell) {
    this.shell = shell;
    // What was asked in another lineage has another id.
    this.id = idsPerLineage * Math.max(0, (shell.view?.lineage ?? 1) - 1);
  }

  /** Nodes that have not answered. */
  get unanswered(): readonly NodeId[] {
    return [...this.missing.keys()];
  }

  begin(): void {
    this.id += 1;
    this.reports.clear();
    this.missing.clear();
    const nodes = [...this.shell.members.keys()].sort(byRoleAndNumber);
    for (const node of nodes) this.missing.set(node, this.shell.members.get(node)?.incarnation ?? 0);
    for (const node of nodes) this.shell.send(node, "control", { type: "report", id: this.id });
  }

  /** All counters, by node, when this was the last answer. An answer to an older question, or a second one, is none. */
  reported(from: NodeId, id: number, statistics: NodeStatistics): readonly NodeStatistics[] | undefined {
    if (id !== this.id || !this.missing.delete(from)) return undefined;
    this.reports.set(from, statistics);
    return this.complete();
  }

  /** The same, when all that had not answered are members no more. */
  membersChanged(): readonly NodeStatistics[] | undefined {
    const lost = [...this.missing].filter(
      ([node, incarnation]) => this.shell.members.get(node)?.incarnation !== incarnation,
    );
    for (const [node] of lost) this.missing.delete(node);
    return lost.length > 0 ? this.complete() : undefined;
  }

  private complete(): readonly NodeStatistics[] | undefined {
    if (this.missing.size > 0) return undefined;
    return [...this.reports.keys()]
      .sort(byRoleAndNumber)
      .map((node) => this.reports.get(node) as NodeStatistics);
  }
}

/** `server-2` before `server-10`, servers first. */
export function byRoleAndNumber(a: NodeId, b: NodeId): number {
  const byRole = roles.indexOf(roleOf(a)) - roles.indexOf(roleOf(b));
  return byRole === 0 ? numberOf(a) - numberOf(b) : byRole;
}

function numberOf(node: NodeId): number {
  return Number(node.slice(node.lastIndexOf("-") + 1));
}
