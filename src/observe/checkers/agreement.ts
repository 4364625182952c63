/** R1, R2, R7 and X6: all holders of a segment have one history (docs/guarantees.md G2, G7). */
import type { Observation, Token } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report, RunEnd, Tracker } from "./checker.ts";
import { madeAt, newMap, SegmentMap, placeName, tokenName } from "./identity.ts";
import type { Line, Lines } from "./lines.ts";
import type { Lives } from "./lives.ts";

type Stored = Extract<Observation, { readonly type: "entry-stored" }>;
type Applied = Extract<Observation, { readonly type: "applied" }>;
type Committed = Extract<Observation, { readonly type: "committed" }>;

/** Decides by the lines. */
export abstract class LineChecker implements Checker {
  abstract readonly id: string;
  abstract readonly promise: string;
  abstract readonly reads: Checker["reads"];
  readonly follows: NonNullable<Checker["follows"]>;
  protected readonly lives: Lives;
  protected readonly lines: Lines;

  constructor(lives: Lives, lines: Lines, others: readonly Tracker[] = []) {
    this.follows = [lives, lines, ...others];
    this.lives = lives;
    this.lines = lines;
  }

  abstract observe(fact: Fact, report: Report): void;

  finish(_end: RunEnd, _report: Report): void {}
}

/** R1: what a holder has is the beginning of the one history: it stores its entries one after the other. */
export class PrefixesOnly extends LineChecker {
  readonly id = "R1";
  readonly promise = "a holder's entries are the beginning of the one history, without gaps";
  readonly reads = ["entry-stored"] as const;

  observe({ node, fact }: Fact, report: Report): void {
    if (fact.type !== "entry-stored" || fact.isSnapshot) return;
    report.evaluated();
    const { parameter, segment, token } = fact;
    const before = this.lines.copyBefore;
    const line = this.lines.of(parameter, segment);
    const index = before?.index ?? 0;
    const what = (): string => `${node} stored ${tokenName(token)} of ${placeName(parameter, segment)}`;
    if (token.index > index + 1) {
      report.violated(`${what()} after ${before === undefined ? "nothing" : tokenName(before)}`);
    } else if (token.index === index + 1 && before !== undefined && before.index > 0) {
      if (line.viewAt(token.view, index) === before.view) return;
      report.violated(`${what()} after ${tokenName(before)}, which is in another history`);
    }
  }
}

/** R2: among committed entries each index has one, made once. */
export class OneHistory extends LineChecker {
  readonly id = "R2";
  readonly promise = "each index of a segment has one entry, made once, and what was committed stays";
  readonly reads = ["applied", "committed"] as const;
  /** The newest index that was applied, by view. */
  private readonly made = new SegmentMap<Map<number, number>>();

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "applied") this.applied(fact, report);
    else if (fact.type === "committed") this.committed(fact, report);
  }

  private applied({ parameter, segment, token }: Applied, report: Report): void {
    const { view, index } = token;
    const made = this.made.of(parameter, segment, newMap<number>);
    const line = this.lines.of(parameter, segment);
    const before = made.get(view) ?? line.sealOf(view)?.token.index ?? 0;
    made.set(view, index);
    if (index === before + 1) return;
    report.violated(
      `${tokenName(token)} of ${placeName(parameter, segment)} was applied after index ${before} of its view`,
    );
  }

  private committed({ parameter, segment, token }: Committed, report: Report): void {
    report.evaluated();
    const line = this.lines.of(parameter, segment);
    const what = (): string => `${tokenName(token)} of ${placeName(parameter, segment)} was committed`;
    if (!line.isMade(token) && line.lostUpTo < token.index) report.violated(`${what()}, and nobody made it`);
    if (line.isVoid(token)) {
      report.violated(`${what()} after view ${line.view} had left it behind`);
    }
    const before = this.lines.committedBefore;
    if (before === undefined || isOneLine(line, before, token)) return;
    report.violated(`${what()}, which is in another history than ${tokenName(before)}, committed before`);
  }
}

/** Is the older of the two in the line that ends in the other? */
export function isOneLine(line: Line, a: Token, b: Token): boolean {
  return a.index <= b.index
    ? line.viewAt(b.view, a.index) === a.view
    : line.viewAt(a.view, b.index) === b.view;
}

/** Entries of a segment whose digest is remembered; holders are never further apart than their log's window. */
const digestsKept = 4096;

/** Digests of a segment's history, each up to one of its newest entries. */
class Digests {
  private readonly indices: number[] = [];
  private readonly views: number[] = [];
  private readonly digests: number[] = [];

  /** What was said of that state before; undefined: nothing, so this is kept. */
  take({ view, index }: Token, digest: number): number | undefined {
    const at = index % digestsKept;
    const known = this.indices[at];
    if (known === index && this.views[at] === view) return this.digests[at];
    if (known === undefined || known < index || (known === index && this.views[at] < view)) {
      this.indices[at] = index;
      this.views[at] = view;
      this.digests[at] = digest;
    }
    return undefined;
  }
}

/** Remembers which digest each state was first said to have. */
export class States implements Tracker {
  readonly reads = ["applied", "entry-stored", "segment-sealed"] as const;
  /** The digest that the state of the newest fact was first said to have, where it was said before. */
  known: number | undefined = undefined;
  private readonly parameters = new Map<number, Map<number, Digests>>();

  observe({ fact }: Fact): void {
    if (fact.type !== "applied" && fact.type !== "entry-stored" && fact.type !== "segment-sealed") return;
    const segments = madeAt(this.parameters, fact.parameter, newSegments);
    this.known = madeAt(segments, fact.segment, newDigests).take(fact.token, fact.digest);
  }
}

function newSegments(): Map<number, Digests> {
  return new Map();
}

function newDigests(): Digests {
  return new Digests();
}

/** R7: the same state has the same digest at all holders. */
export class SameDigests implements Checker {
  readonly id = "R7";
  readonly promise = "the same state of a segment has the same digest at each holder";
  readonly reads = ["applied", "entry-stored"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly states: States;

  constructor(states: States) {
    this.follows = [states];
    this.states = states;
  }

  observe({ node, fact }: Fact, report: Report): void {
    if (fact.type === "applied" || fact.type === "entry-stored") this.stored(node, fact, report);
  }

  finish(): void {}

  private stored(node: string, fact: Applied | Stored, report: Report): void {
    const { known } = this.states;
    if (known === undefined) return;
    report.evaluated();
    if (known === fact.digest) return;
    const state = `state ${tokenName(fact.token)} of ${placeName(fact.parameter, fact.segment)}`;
    report.violated(`${state} has digest ${fact.digest} at ${node}, and ${known} where it was first`);
  }
}

/** X6: a master goes on from the state that the one before it left. */
export class SameStateSealed implements Checker {
  readonly id = "X6";
  readonly promise =
    "the state that a new master seals is, bit for bit, the one that its predecessor had there";
  readonly reads = ["segment-sealed"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly states: States;

  constructor(states: States) {
    this.follows = [states];
    this.states = states;
  }

  observe({ node, fact }: Fact, report: Report): void {
    const { known } = this.states;
    if (fact.type !== "segment-sealed" || known === undefined) return;
    report.evaluated();
    if (known === fact.digest) return;
    const state = `state ${tokenName(fact.token)} of ${placeName(fact.parameter, fact.segment)}`;
    report.violated(`${node} sealed ${state} with digest ${fact.digest}; it was ${known}`);
  }

  finish(): void {}
}
