/** E1, E2 and M6: terms, and what is done under them (docs/guarantees.md G10). */
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import { madeAt } from "./identity.ts";

/** E1: a term of a role is one node's, and who leads again does so in a later one. */
export class OneLeader implements Checker {
  readonly id = "E1";
  readonly promise = "a term has one leader, and a node's terms grow";
  readonly reads = ["leader-elected"] as const;
  /** By role and term. */
  private readonly leaders = new Map<string, string>();
  /** The newest term of a role at a node. */
  private readonly terms = new Map<string, number>();

  observe({ node, fact }: Fact, report: Report): void {
    if (fact.type !== "leader-elected") return;
    report.evaluated();
    const { role, term } = fact;
    const leader = this.leaders.get(`${role}/${term}`);
    if (leader === undefined) this.leaders.set(`${role}/${term}`, node);
    else report.violated(`${node} leads as ${role} in term ${term}, which is ${leader}'s`);
    const before = this.terms.get(`${role}/${node}`) ?? 0;
    this.terms.set(`${role}/${node}`, term);
    if (term <= before) report.violated(`${node} leads as ${role} in term ${term}, after term ${before}`);
  }

  finish(): void {}
}

/**
 * Effects on one target, in the order in which the target had them: views by number, a node's evictions by incarnation, a
 * slot's holders by epoch. What a leader was told late of its success is no violation.
 */
class Effects {
  private readonly terms: (number | undefined)[] = [];
  private newest = -1;

  /** The term of an effect that came before with a newer one, or after with an older one; undefined: none. */
  conflict(order: number, term: number): number | undefined {
    const { terms } = this;
    let before = order - 1;
    while (before >= 0 && terms[before] === undefined) before--;
    let after = order + 1;
    while (after <= this.newest && terms[after] === undefined) after++;
    terms[order] = Math.max(terms[order] ?? 0, term);
    this.newest = Math.max(this.newest, order);
    const older = before < 0 ? undefined : terms[before];
    const newer = after > this.newest ? undefined : terms[after];
    if (older !== undefined && older > term) return older;
    return newer !== undefined && newer < term ? newer : undefined;
  }
}

/** E2: nothing of an older term has an effect after one of a newer term, at the same target. */
export class NoOldEffects implements Checker {
  readonly id = "E2";
  readonly promise = "no view, eviction or assignment of an older term follows one of a newer term";
  readonly reads = ["view-published", "node-evicted", "slot-assigned", "leader-elected"] as const;
  private readonly targets = new Map<string, Effects>();
  private readonly schedulerTerms = new Map<string, number>();

  observe({ node, fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "leader-elected":
        if (fact.role === "scheduler") this.schedulerTerms.set(node, fact.term);
        return;
      case "view-published":
        return this.effect("view", fact.view.number, fact.term, report);
      case "node-evicted":
        return this.effect(`the eviction of ${fact.peer}`, fact.incarnation, fact.term, report);
      case "slot-assigned": {
        const term = this.schedulerTerms.get(node);
        if (term !== undefined) this.effect(`the assignment of slot ${fact.slot}`, fact.epoch, term, report);
      }
    }
  }

  finish(): void {}

  private effect(target: string, order: number, term: number, report: Report): void {
    report.evaluated();
    const other = madeAt(this.targets, target, newEffects).conflict(order, term);
    if (other === undefined) return;
    report.violated(
      `${target} ${order} is of term ${term}, and next to it is one of term ${other}, out of order`,
    );
  }
}

function newEffects(): Effects {
  return new Effects();
}

const minuteMicros = 60e6;

/** M6: views do not chase each other. */
export class FewViews implements Checker {
  readonly id = "M6";
  readonly promise = "at most viewsPerMinuteMax views are published in any minute";
  readonly reads = ["view-published"] as const;
  private readonly max: number;
  /** When the views of the last minute were published. */
  private recent: number[] = [];
  private most = 0;

  constructor(viewsPerMinuteMax: number) {
    this.max = viewsPerMinuteMax;
  }

  observe({ at }: Fact, report: Report): void {
    report.evaluated();
    this.recent = this.recent.filter((other) => other > at - minuteMicros);
    this.recent.push(at);
    this.most = Math.max(this.most, this.recent.length);
    if (this.recent.length <= this.max) return;
    report.violated(
      `${this.recent.length} views were published in a minute; viewsPerMinuteMax is ${this.max}`,
    );
  }

  finish(): void {}

  measured(): Readonly<Record<string, number>> {
    return { mostInAMinute: this.most };
  }
}
