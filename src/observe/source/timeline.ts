/**
 * Facts in order, with the state of the view kept every so often: any moment is the nearest kept state and a few facts
 * more. Kept states share the parts that did not change between them, and grow sparser as facts grow more.
 *
 * Invariants: `checkpoints[i]` is the state after `i * every` facts; facts ascend by time.
 */
import type { Violation } from "../checkers/checker.ts";
import type { Fact } from "../fact.ts";
import type { ChecksView, ClusterView, EventView } from "../view/cluster-view.ts";
import { ViewState } from "../view/view-state.ts";

const firstEvery = 1024;
const checkpointsMax = 256;
const violationsShown = 20;

interface FoundViolation {
  /** Facts up to and with the one that showed it. */
  readonly count: number;
  readonly violation: Violation;
}

/** Checkers that are shown the facts here, or that somebody else shows them to before. */
export interface Checks {
  readonly violations: readonly Violation[];
  observe?(fact: Fact): void;
}

export class Timeline {
  private readonly list: Fact[] = [];
  private every: number = firstEvery;
  private checkpoints: ViewState[] = [new ViewState()];
  /** The state after all facts. */
  private end: ViewState = new ViewState();
  /** Where the last view was, and its state: most steps go on from there. */
  private cursor: { count: number; state: ViewState } = { count: 0, state: new ViewState() };
  private readonly checks: Checks | undefined;
  private readonly violations: FoundViolation[] = [];

  /** Without checks no view says anything of violations. */
  constructor(checks?: Checks) {
    this.checks = checks;
  }

  get facts(): readonly Fact[] {
    return this.list;
  }

  get firstViolation(): FoundViolation | undefined {
    return this.violations[0];
  }

  append(fact: Fact): void {
    const last = this.list.at(-1)?.at ?? 0;
    const inOrder = fact.at >= last ? fact : { ...fact, at: last };
    this.list.push(inOrder);
    this.end.reduce(inOrder.at, inOrder.node, inOrder.fact);
    this.checks?.observe?.(inOrder);
    this.collectViolations();
    if (this.list.length % this.every !== 0) return;
    this.checkpoints.push(this.end.fork());
    if (this.checkpoints.length <= checkpointsMax) return;
    this.checkpoints = this.checkpoints.filter((_, i) => i % 2 === 0);
    this.every *= 2;
  }

  /** Nothing follows, and the checks have said what is left open. */
  finish(): void {
    this.collectViolations();
  }

  /** How many facts are not later. */
  countAt(atMicros: number): number {
    let from = 0;
    let to = this.list.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.list[middle].at <= atMicros) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** After so many facts. */
  view(count: number, atMicros: number): ClusterView {
    const state = this.stateAt(count);
    const view = state.snapshot(atMicros);
    return this.checks === undefined ? view : withViolations(view, this.violationsUpTo(count));
  }

  private stateAt(count: number): ViewState {
    const nearest = Math.min(Math.floor(count / this.every), this.checkpoints.length - 1);
    const kept = nearest * this.every;
    const { cursor } = this;
    const goesOn = cursor.count <= count && cursor.count >= kept;
    const state = goesOn ? cursor.state : this.checkpoints[nearest].fork();
    for (let i = goesOn ? cursor.count : kept; i < count; i++) {
      const { at, node, fact } = this.list[i];
      state.reduce(at, node, fact);
    }
    this.cursor = { count, state };
    return state;
  }

  private violationsUpTo(count: number): readonly Violation[] {
    return this.violations.filter((found) => found.count <= count).map(({ violation }) => violation);
  }

  private collectViolations(): void {
    const all = this.checks?.violations ?? [];
    for (let i = this.violations.length; i < all.length; i++) {
      this.violations.push({ count: this.list.length, violation: all[i] });
    }
  }
}

function withViolations(view: ClusterView, violations: readonly Violation[]): ClusterView {
  const checks: ChecksView = {
    violationCount: violations.length,
    first: violations[0] ?? null,
    newest: violations.slice(-violationsShown),
  };
  const events = violations.length === 0 ? view.events : mixed(view.events, checks.newest);
  return { ...view, header: { ...view.header, checks }, events };
}

function mixed(events: readonly EventView[], violations: readonly Violation[]): readonly EventView[] {
  const broken = violations.map(
    ({ check, at, node, message }): EventView => ({
      at,
      node,
      kind: "violation",
      severity: "error",
      text: `${check}: ${message}`,
    }),
  );
  return [...events, ...broken].sort((a, b) => a.at - b.at);
}
