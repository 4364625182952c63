/** C5 and C6: what a slot reads follows what it wrote and what it read before (docs/guarantees.md G5). */
import type { Observation, PushIdentity, TaskTime, Token } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import type { Ledgers } from "./exactly-once.ts";
import { compareTokens, madeAt, pushName, SegmentMap, placeName, tokenName } from "./identity.ts";
import type { PushLedger } from "./push-ledger.ts";
import type { SlotHolders } from "./slots.ts";

type PullInvoked = Extract<Observation, { readonly type: "pull-invoked" }>;
type PartPulled = Extract<Observation, { readonly type: "part-pulled" }>;

/** A state of a segment that a slot has seen, and the push or pull by which. */
interface Seen {
  readonly token: Token;
  readonly time: TaskTime;
  readonly op: number;
}

/** What a slot has seen of one segment: by earlier tasks, and by the newest one. */
interface History {
  time: number;
  before: Seen | undefined;
  /** Of it all. */
  newest: Seen;
  /** By the newest task, after each of its ops. */
  ops: { readonly op: number; readonly seen: Seen }[];
}

/** What was seen when a pull began, by number of the segment. */
interface OpenPull {
  /** A slot may be at two workers, of which one does not know yet that it lost it. */
  readonly node: string;
  readonly parameter: number;
  readonly op: number;
  readonly asOf: number | null;
  readonly bounds: readonly (Seen | undefined)[];
}

/** What one slot has seen, and its open pulls by time of their task. */
interface SlotBounds {
  readonly histories: (History | undefined)[];
  readonly open: Map<number, OpenPull[]>;
}

/** Per slot, the newest state of each segment that it must see again, as it stood when each of its open pulls began. */
class Bounds {
  private readonly slots = new Map<number, SlotBounds>();
  /** Segments are numbered as they come. */
  private readonly numbers = new SegmentMap<number>();
  private numberCount = 0;

  /** The slot has seen this of the segment; `afterOp`: the op of its task at `seen.time` that the state contains. */
  raise(
    where: { readonly parameter: number; readonly slot: number },
    segment: number,
    seen: Seen,
    afterOp: number,
  ): void {
    const { histories } = this.boundsOf(where.slot);
    const number = this.numberOf(where.parameter, segment);
    const history = histories[number];
    if (history === undefined) {
      histories[number] = { time: seen.time, before: undefined, newest: seen, ops: [{ op: afterOp, seen }] };
      return;
    }
    if (seen.time > history.time) {
      history.before = history.newest;
      history.time = seen.time;
      history.ops = [];
    }
    history.newest = newer(history.newest, seen);
    if (seen.time < history.time) history.before = newer(history.before, seen);
    else history.ops.push({ op: afterOp, seen });
  }

  begin(node: string, { parameter, slot, time, op, asOf }: PullInvoked): void {
    const { histories, open } = this.boundsOf(slot);
    const bounds: (Seen | undefined)[] = [];
    for (const history of histories) bounds.push(history && seenAsOf(history, time, asOf));
    madeAt(open, time, newList).push({ node, parameter, op, asOf, bounds });
  }

  /** The newest of the pulls of that name: it may have been made again. */
  find(node: string, { parameter, slot, time, op }: PartPulled): OpenPull | undefined {
    const pulls = this.slots.get(slot)?.open.get(time);
    return pulls?.findLast((pull) => pull.op === op && pull.parameter === parameter && pull.node === node);
  }

  of(node: string, pull: PartPulled): Seen | undefined {
    return this.find(node, pull)?.bounds[this.numberOf(pull.parameter, pull.segment)];
  }

  /** The node has finished the task at the slot. */
  end(node: string, slot: number, time: number): void {
    const open = this.slots.get(slot)?.open;
    const left = open?.get(time)?.filter((pull) => pull.node !== node);
    if (left === undefined || left.length === 0) open?.delete(time);
    else open?.set(time, left);
  }

  private boundsOf(slot: number): SlotBounds {
    return madeAt(this.slots, slot, newSlotBounds);
  }

  private numberOf(parameter: number, segment: number): number {
    const known = this.numbers.get(parameter, segment);
    if (known !== undefined) return known;
    this.numbers.set(parameter, segment, this.numberCount);
    return this.numberCount++;
  }
}

function newSlotBounds(): SlotBounds {
  return { histories: [], open: new Map() };
}

function newList(): OpenPull[] {
  return [];
}

/** `asOf`: only what earlier tasks saw counts, and its own task up to that op; null: everything. */
function seenAsOf(history: History, time: number, asOf: number | null): Seen | undefined {
  const { before, newest, ops } = history;
  if (asOf === null || history.time < time) return newest;
  // A later task of the slot has begun, so this one is made again: what came before it is not kept any more.
  if (history.time > time) return undefined;
  let seen = before;
  for (const one of ops) if (one.op <= asOf) seen = newer(seen, one.seen);
  return seen;
}

function newer(a: Seen | undefined, b: Seen): Seen {
  return a === undefined || compareTokens(a.token, b.token) < 0 ? b : a;
}

/** C5: a pull that was invoked after the slot's own push finished contains it, unless it names an earlier state of its own task. */
export class ReadMyWrites implements Checker {
  readonly id = "C5";
  readonly promise = "a slot reads its own finished pushes";
  readonly reads = ["push-finished", "pull-invoked", "part-pulled", "task-finished"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly ledger: PushLedger;
  private readonly holders: SlotHolders;
  private readonly bounds = new Bounds();

  constructor({ lives, lines, ledger }: Ledgers, holders: SlotHolders) {
    this.follows = [lives, lines, ledger, holders];
    this.ledger = ledger;
    this.holders = holders;
  }

  observe({ node, fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "push-finished":
        return this.finished(fact.push);
      case "pull-invoked":
        return this.bounds.begin(node, fact);
      case "task-finished":
        return this.bounds.end(node, fact.slot, fact.time);
      case "part-pulled":
        return this.pulled(node, fact, report);
    }
  }

  private finished(push: PushIdentity): void {
    const record = this.ledger.get(push);
    if (record === undefined) return;
    const { segments, tokens } = record;
    const { time, op } = push;
    for (let i = 0; i < segments.length; i++) {
      const token = tokens[i];
      if (token === undefined || this.ledger.lines.of(push.parameter, segments[i]).isVoid(token)) continue;
      this.bounds.raise(push, segments[i], { token, time, op }, op);
    }
  }

  private pulled(node: string, fact: PartPulled, report: Report): void {
    const { parameter, slot, segment, token } = fact;
    const bound = this.bounds.of(node, fact);
    if (bound === undefined || this.holders.hasLost(slot, node)) return;
    report.evaluated();
    if (compareTokens(token, bound.token) >= 0) return;
    const { time, op } = bound;
    report.violated(
      `slot ${slot} pulled state ${tokenName(token)} of ${placeName(parameter, segment)}, without its own finished ` +
        `push ${pushName({ parameter, slot, time, op })}, which was applied at ${tokenName(bound.token)}`,
    );
  }

  finish(): void {}
}

/** C6: a pull that was invoked after another of the slot had been answered never shows an older state. */
export class MonotonicReads implements Checker {
  readonly id = "C6";
  readonly promise = "a slot never reads an older state of a segment than it read before";
  readonly reads = ["pull-invoked", "part-pulled", "task-finished"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly holders: SlotHolders;
  private readonly bounds = new Bounds();

  constructor(holders: SlotHolders) {
    this.follows = [holders];
    this.holders = holders;
  }

  observe({ node, fact }: Fact, report: Report): void {
    if (fact.type === "pull-invoked") this.bounds.begin(node, fact);
    else if (fact.type === "task-finished") this.bounds.end(node, fact.slot, fact.time);
    else if (fact.type === "part-pulled") this.pulled(node, fact, report);
  }

  private pulled(node: string, fact: PartPulled, report: Report): void {
    const { parameter, slot, segment, time, op, token } = fact;
    const bound = this.bounds.of(node, fact);
    if (bound !== undefined && !this.holders.hasLost(slot, node)) {
      report.evaluated();
      if (compareTokens(token, bound.token) < 0) {
        report.violated(
          `slot ${slot} pulled state ${tokenName(token)} of ${placeName(parameter, segment)} at ${time}/${op}, after ` +
            `the pull at ${bound.time}/${bound.op} had shown ${tokenName(bound.token)}`,
        );
      }
    }
    const afterOp = this.bounds.find(node, fact)?.asOf ?? Number.POSITIVE_INFINITY;
    this.bounds.raise(fact, segment, { token, time, op }, afterOp);
  }

  finish(): void {}
}
