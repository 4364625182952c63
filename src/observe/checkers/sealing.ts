/** R4, R5, O6 and O7: what a new master takes over (docs/guarantees.md G2, G3, G7, P1). */
import type { Observation, Token } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import { isOneLine, LineChecker } from "./agreement.ts";
import type { Checker, Report } from "./checker.ts";
import type { Ledgers } from "./exactly-once.ts";
import { SegmentMap, placeName, tokenName } from "./identity.ts";
import type { Lines } from "./lines.ts";
import { type Life, lifeName, type Lives } from "./lives.ts";
import type { PushLedger } from "./push-ledger.ts";

type ReadAnswered = Extract<Observation, { readonly type: "read-answered" }>;
type Sealed = Extract<Observation, { readonly type: "segment-sealed" }>;

/** The newest state of each segment that somebody relies on. */
class Relied {
  private readonly newest = new SegmentMap<Token>();
  private readonly lines: Lines;

  constructor(lines: Lines) {
    this.lines = lines;
  }

  raise(parameter: number, segment: number, token: Token): void {
    const known = this.newest.get(parameter, segment);
    if (known === undefined || known.index < token.index) this.newest.set(parameter, segment, token);
  }

  /** The state that a seal of the newest view should have and lacks; null: there is none to have. */
  lacking({ parameter, segment, view, token }: Sealed): Token | undefined | null {
    const line = this.lines.of(parameter, segment);
    const relied = this.newest.get(parameter, segment);
    if (relied === undefined || line.view !== view) return null;
    return relied.index <= token.index && isOneLine(line, relied, token) ? undefined : relied;
  }
}

function sealName({ parameter, segment, view, token }: Sealed): string {
  return `view ${view} of ${placeName(parameter, segment)} was sealed at ${tokenName(token)}`;
}

/** R4: a read shows what is committed, and stays in the history. */
export class CommittedReads extends LineChecker {
  readonly id = "R4";
  readonly promise = "a read is answered from a state that is committed, and stays in the history";
  readonly reads = ["read-answered", "segment-sealed"] as const;
  private readonly shown: Relied;

  constructor(lives: Lives, lines: Lines) {
    super(lives, lines);
    this.shown = new Relied(lines);
  }

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "read-answered") this.answered(fact, report);
    else if (fact.type === "segment-sealed") this.sealed(fact, report);
  }

  private answered({ parameter, segment, token, committedIndex }: ReadAnswered, report: Report): void {
    report.evaluated();
    const line = this.lines.of(parameter, segment);
    const what = (): string =>
      `a read was answered from ${tokenName(token)} of ${placeName(parameter, segment)}`;
    if (token.index > committedIndex) report.violated(`${what()}, with ${committedIndex} committed`);
    else if (token.index > 0 && line.isVoid(token)) report.violated(`${what()}, which is in no history`);
    else if (token.index > (line.committed?.index ?? 0) && !this.lives.hasLostWords("server")) {
      report.violated(`${what()}, before it was committed`);
    } else this.shown.raise(parameter, segment, token);
  }

  private sealed(fact: Sealed, report: Report): void {
    const lacking = this.shown.lacking(fact);
    if (lacking === null) return;
    report.evaluated();
    if (lacking !== undefined) {
      report.violated(`${sealName(fact)}, without ${tokenName(lacking)}, which a read had shown`);
    }
  }
}

/** R5: a new master has everything that was committed before. */
export class SealHasCommitted extends LineChecker {
  readonly id = "R5";
  readonly promise = "a master serves only once it has everything that was committed in older views";
  readonly reads = ["segment-sealed"] as const;

  observe({ fact }: Fact, report: Report): void {
    if (fact.type !== "segment-sealed") return;
    const { parameter, segment, view, token } = fact;
    const line = this.lines.of(parameter, segment);
    const { committed } = line;
    // Sealed late, in a view that was over: nobody goes on from there.
    if (committed === undefined || line.view !== view) return;
    report.evaluated();
    if (committed.index <= token.index && isOneLine(line, committed, token)) return;
    report.violated(`${sealName(fact)}, without ${tokenName(committed)}, which was committed`);
  }
}

/** O6: a push that finished is in the history of every later view. */
export class SealHasFinished implements Checker {
  readonly id = "O6";
  readonly promise = "a push that finished is in the history that every later view goes on from";
  readonly reads = ["push-finished", "segment-sealed"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly ledger: PushLedger;
  private readonly finished: Relied;

  constructor({ lives, lines, ledger }: Ledgers) {
    this.follows = [lives, lines, ledger];
    this.ledger = ledger;
    this.finished = new Relied(lines);
  }

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "push-finished") {
      const record = this.ledger.get(fact.push);
      record?.tokens.forEach((token, i) => {
        if (token !== undefined) this.finished.raise(fact.push.parameter, record.segments[i], token);
      });
    } else if (fact.type === "segment-sealed") {
      const lacking = this.finished.lacking(fact);
      if (lacking === null) return;
      report.evaluated();
      if (lacking === undefined) return;
      report.violated(`${sealName(fact)}, without ${tokenName(lacking)}, of which pushes had finished`);
    }
  }

  finish(): void {}
}

/** O7: how long nobody serves a segment whose master changes. */
export class ShortHandOver implements Checker {
  readonly id = "O7";
  readonly promise = "a segment is served again within sealGapMaxMs of its old master's last word";
  readonly reads = ["applied", "committed", "read-answered", "segment-sealed"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly gapMaxMs: number;
  private readonly masters = new SegmentMap<Life>();
  /** By number of the life: when it last said something as a master. */
  private readonly lastWords: number[] = [];
  private longestMs = 0;

  constructor(lives: Lives, gapMaxMs: number) {
    this.follows = [lives];
    this.lives = lives;
    this.gapMaxMs = gapMaxMs;
  }

  observe({ at, node, fact }: Fact, report: Report): void {
    const life = this.lives.of(node);
    this.lastWords[life.number] = at;
    if (fact.type !== "segment-sealed" && fact.type !== "applied") return;
    const master = this.masters.get(fact.parameter, fact.segment);
    if (master === life) return;
    if (master === undefined) return this.masters.set(fact.parameter, fact.segment, life);
    if (fact.type !== "segment-sealed") return;
    this.masters.set(fact.parameter, fact.segment, life);
    report.evaluated();
    const gapMs = Math.max(0, at - this.lastWords[master.number]) / 1000;
    this.longestMs = Math.max(this.longestMs, gapMs);
    if (gapMs <= this.gapMaxMs) return;
    const where = placeName(fact.parameter, fact.segment);
    report.violated(
      `${lifeName(life)} served ${where} ${gapMs} ms after the last word of ${lifeName(master)}; sealGapMaxMs is ${this.gapMaxMs}`,
    );
  }

  finish(): void {}

  measured(): Readonly<Record<string, number>> {
    return { longestMs: this.longestMs };
  }
}
