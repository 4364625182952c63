/** R3 and C8: full copies of what was committed (docs/guarantees.md G2). */
import type { Observation, Token, View } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import { LineChecker } from "./agreement.ts";
import type { Report, RunEnd } from "./checker.ts";
import { compareTokens, placeName, tokenName } from "./identity.ts";
import type { Line, Lines } from "./lines.ts";
import { type Life, lifeName, type Lives } from "./lives.ts";
import type { Views } from "./views.ts";
import type { World } from "./world.ts";

type Committed = Extract<Observation, { readonly type: "committed" }>;

/** A commit, and what each life had then. */
interface Commit {
  readonly fact: Committed;
  readonly view: number;
  readonly copies: readonly (Token | undefined)[];
  /** Whom its master counted as full then: others may have been filled until the view is told of. */
  readonly filled: readonly string[];
}

const nobody: readonly string[] = [];

/** Commits in views that their managers have not told of yet. */
const pendingMax = 1024;

/** R3: what is committed, every full holder has; and as long as one is left, so is what was committed. */
export class FullCopies extends LineChecker {
  readonly id = "R3";
  readonly promise =
    "at each commit every full holder has the entry, and after each loss one that is left has all";
  readonly reads = ["committed", "holder-filled", "view-published", "node-evicted", "node-started"] as const;
  private readonly views: Views;
  /** Peers that the master of a view counts as full, by view and segment. */
  private readonly filled = new Map<string, string[]>();
  private pending: Commit[] = [];

  constructor(lives: Lives, lines: Lines, views: Views) {
    super(lives, lines, [views]);
    this.views = views;
  }

  observe({ node, fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "committed":
        return this.committed(node, fact, report);
      case "holder-filled": {
        const name = `${fact.view}/${fact.segment}`;
        this.filled.set(name, [...(this.filled.get(name) ?? []), fact.peer]);
        return;
      }
      case "view-published": {
        const { pending } = this;
        this.pending = pending.filter(({ view }) => view !== fact.view.number);
        for (const commit of pending) if (commit.view === fact.view.number) this.decide(commit, report);
        return;
      }
      case "node-evicted":
      case "node-started":
        return this.someoneLost(report);
    }
  }

  private committed(node: string, fact: Committed, report: Report): void {
    const line = this.lines.of(fact.parameter, fact.segment);
    const view = this.lives.of(node).adoptedView || fact.token.view;
    const filled = this.filled.size === 0 ? nobody : (this.filled.get(`${view}/${fact.segment}`) ?? nobody);
    if (this.views.of(view) !== undefined) {
      return this.decide({ fact, view, copies: line.copies, filled }, report);
    }
    this.pending.push({ fact, view, copies: [...line.copies], filled });
    if (this.pending.length > pendingMax) this.pending.shift();
  }

  private decide({ fact, view, copies, filled }: Commit, report: Report): void {
    const { parameter, segment, token } = fact;
    const placed = this.views.segmentOf(view, segment);
    const incarnations = this.views.of(view)?.incarnations;
    if (placed === undefined || incarnations === undefined) return;
    report.evaluated();
    const required = filled.length === 0 ? placed.holders : [...placed.holders, ...filled];
    for (const holder of required) {
      const life = this.lives.find(holder, incarnations[holder]);
      const copy = life && copies[life.number];
      if (copy !== undefined && compareTokens(copy, token) >= 0) continue;
      // It had the entry, or the master would wait; in a newer view it may have dropped what it had.
      if (copy === undefined && life !== undefined && life.adoptedView > view) continue;
      if (this.lives.hasLostWords("server")) continue;
      report.violated(
        `${tokenName(token)} of ${placeName(parameter, segment)} was committed in view ${view}, and full holder ${holder} ` +
          `has ${copy === undefined ? "nothing" : tokenName(copy)}`,
      );
    }
  }

  /** More may be lost than anything is promised for: then nobody is left, and nothing is decided. */
  private someoneLost(report: Report): void {
    const view = this.views.published;
    if (view === undefined || this.lives.hasLostWords("server")) return;
    this.lines.forEach((line, parameter, segment) => {
      const { committed } = line;
      if (committed === undefined) return;
      const left = fullHolders(view, segment, this.lives).filter(({ isGone }) => !isGone);
      if (left.length === 0) return;
      report.evaluated();
      if (left.some((life) => hasAll(line, life, committed))) return;
      // A manager that died may have told nobody of a newer view, in which it dropped what others have.
      const hasDropped = ({ number, adoptedView }: Life): boolean =>
        line.copies[number] === undefined && adoptedView > view.number;
      if (left.some(hasDropped)) return;
      report.violated(
        `of the full holders of ${placeName(parameter, segment)} in view ${view.number}, ${left.map(lifeName).join(", ")} ` +
          `are left, and none has ${tokenName(committed)}, which was committed`,
      );
    });
  }
}

/** C8: once all is repaired, all full holders of a segment have the same. */
export class Converged extends LineChecker {
  readonly id = "C8";
  readonly promise =
    "once faults are over, every full holder of a segment has everything that was committed, and no more";
  readonly reads = [] as const;
  private readonly views: Views;
  private readonly world: World;

  constructor(lives: Lives, lines: Lines, views: Views, world: World) {
    super(lives, lines, [views, world]);
    this.views = views;
    this.world = world;
  }

  observe(): void {}

  override finish(end: RunEnd, report: Report): void {
    const view = this.views.newest;
    if (
      !end.isComplete ||
      !this.world.isSettled(end) ||
      view === undefined ||
      this.lives.hasLostWords("server")
    )
      return;
    this.lines.forEach((line, parameter, segment) => {
      const { committed } = line;
      if (committed === undefined) return;
      for (const life of fullHolders(view, segment, this.lives)) {
        report.evaluated();
        const copy = line.copies[life.number];
        if (copy !== undefined && compareTokens(copy, committed) === 0) continue;
        report.violated(
          `full holder ${lifeName(life)} ended with ${copy === undefined ? "nothing" : tokenName(copy)} of ` +
            `${placeName(parameter, segment)}, of which ${tokenName(committed)} was committed`,
        );
      }
    });
  }
}

/** As far as they were heard of. */
function fullHolders(view: View, segment: number, lives: Lives): readonly Life[] {
  const placed = view.segments.find(({ begin }) => begin === segment);
  return (placed?.holders ?? []).flatMap((holder) => lives.find(holder, view.incarnations[holder]) ?? []);
}

function hasAll(line: Line, life: Life, committed: Token): boolean {
  const copy = line.copies[life.number];
  return copy !== undefined && compareTokens(copy, committed) >= 0;
}
