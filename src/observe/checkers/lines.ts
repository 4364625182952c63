/**
 * The one line of history of each segment. Each view's master goes on from the state that it sealed, so a line is a list
 * of views and of the indices where one takes over from the other, however many entries it has.
 */
import type { Observation, Token } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Tracker } from "./checker.ts";
import { SegmentMap } from "./identity.ts";
import type { Life, Lives } from "./lives.ts";

type Sealed = Extract<Observation, { readonly type: "segment-sealed" }>;

export interface Seal {
  readonly view: number;
  /** The state that the view's entries follow. */
  readonly token: Token;
  readonly master: Life;
}

export class Line {
  /** By view, ascending. */
  readonly seals: Seal[] = [];
  /** The newest entry that was committed. */
  committed: Token | undefined = undefined;
  /** Up to this index there are entries of which nobody that is left has said what they were. */
  lostUpTo = 0;
  /** By number of the life: the newest state of it that this holder has. */
  readonly copies: (Token | undefined)[] = [];
  /** By view: the index of its newest entry that its master said it made. */
  private readonly made = new Map<number, number>();

  /** The newest view that was sealed; 0: none, as in view 1. */
  get view(): number {
    return this.seals.length === 0 ? 0 : this.seals[this.seals.length - 1].view;
  }

  /** Who serves it; undefined in view 1, which needs no seal. */
  get sealer(): Life | undefined {
    return this.seals.length === 0 ? undefined : this.seals[this.seals.length - 1].master;
  }

  /** An entry that the newest sealed view left behind: no history has it, and no newer one will. */
  isVoid({ view, index }: Token): boolean {
    return view < this.view && this.viewAt(this.view, index) !== view;
  }

  /** Of the line that ends in `view`, the view that made the entry at `index`. */
  viewAt(view: number, index: number): number {
    let at = view;
    for (let i = this.seals.length - 1; i >= 0; i--) {
      const seal = this.seals[i];
      if (seal.view > at) continue;
      if (seal.view < at || index > seal.token.index) return at;
      at = seal.token.view;
    }
    return at;
  }

  /** Is the entry part of what was committed? */
  isCommitted(token: Token): boolean {
    const { committed } = this;
    return (
      committed !== undefined &&
      token.index <= committed.index &&
      this.viewAt(committed.view, token.index) === token.view
    );
  }

  isMade({ view, index }: Token): boolean {
    return index <= Math.max(this.made.get(view) ?? 0, this.sealOf(view)?.token.index ?? 0);
  }

  sealOf(view: number): Seal | undefined {
    for (let i = this.seals.length - 1; i >= 0; i--) {
      if (this.seals[i].view === view) return this.seals[i];
    }
    return undefined;
  }

  make({ view, index }: Token): void {
    if (index > (this.made.get(view) ?? 0)) this.made.set(view, index);
  }

  seal(seal: Seal): void {
    const { seals } = this;
    if (this.sealOf(seal.view) !== undefined) return;
    seals.push(seal);
    // A master may learn late, in an old view, that it may serve there.
    for (let i = seals.length - 1; i > 0 && seals[i - 1].view > seals[i].view; i--) {
      [seals[i - 1], seals[i]] = [seals[i], seals[i - 1]];
    }
  }
}

export class Lines implements Tracker {
  readonly reads = ["applied", "entry-stored", "segment-sealed", "segment-dropped", "committed"] as const;
  /** What the holder had before the newest fact of its copy. */
  copyBefore: Token | undefined = undefined;
  /** The newest commit of the line before the newest `committed`. */
  committedBefore: Token | undefined = undefined;
  private readonly lines = new SegmentMap<Line>();
  private readonly lives: Lives;

  constructor(lives: Lives) {
    this.lives = lives;
  }

  observe({ node, fact }: Fact): void {
    switch (fact.type) {
      case "applied": {
        const line = this.of(fact.parameter, fact.segment);
        line.make(fact.token);
        return this.hold(line, node, fact.token);
      }
      case "entry-stored": {
        const line = this.of(fact.parameter, fact.segment);
        this.noteLoss(line, fact.token);
        return this.hold(line, node, fact.token);
      }
      case "segment-sealed":
        return this.sealed(node, fact);
      case "segment-dropped":
        return this.hold(this.of(fact.parameter, fact.segment), node, undefined);
      case "committed": {
        const line = this.of(fact.parameter, fact.segment);
        this.noteLoss(line, fact.token);
        this.committedBefore = line.committed;
        if (line.committed === undefined || line.committed.index < fact.token.index) {
          line.committed = fact.token;
        }
        return;
      }
    }
  }

  of(parameter: number, segment: number): Line {
    return this.lines.of(parameter, segment, newLine);
  }

  forEach(visit: (line: Line, parameter: number, segment: number) => void): void {
    this.lines.forEach(visit);
  }

  private sealed(node: string, { parameter, segment, view, token }: Sealed): void {
    const line = this.of(parameter, segment);
    this.noteLoss(line, token);
    line.seal({ view, token, master: this.lives.of(node) });
    this.hold(line, node, token);
  }

  private hold(line: Line, node: string, token: Token | undefined): void {
    const { number } = this.lives.of(node);
    this.copyBefore = line.copies[number];
    line.copies[number] = token;
  }

  private noteLoss(line: Line, token: Token): void {
    if (!this.lives.hasLostWords("server") || line.isMade(token)) return;
    line.lostUpTo = Math.max(line.lostUpTo, token.index);
  }
}

function newLine(): Line {
  return new Line();
}
