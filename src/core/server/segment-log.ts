/**
 * Where one segment stands in its history. Every application is one entry with the next index; what is answered waits
 * until its entry is committed, which it is when every full holder has it (docs/protocol.md 4).
 */
import { assert } from "../assert.ts";
import { mix32 } from "../keys/mix.ts";
import type { SegmentRest } from "../message/message.ts";
import type { Token } from "../identities.ts";
import type { View } from "../ring/view.ts";

/** Invariants: entries are committed in index order, and never past the last applied; replies wait in index order. */
export class SegmentLog {
  private last: Token;
  private committed: number = 0;
  private rolling: number = 0x9747b28c;
  private replies: { readonly index: number; readonly reply: () => void }[] = [];

  /** Before anything was applied every holder is in one state, in whichever view it heard of the segment. */
  constructor({ lineage }: View) {
    this.last = { lineage, view: 0, index: 0 };
  }

  /** The newest state applied. */
  get token(): Token {
    return this.last;
  }

  get committedIndex(): number {
    return this.committed;
  }

  /** A digest of the whole history: each entry mixes its token and what it changed into the one before. */
  get digest(): number {
    return this.rolling;
  }

  append(view: View, changeDigest: number): Token {
    this.store({ lineage: view.lineage, view: view.number, index: this.last.index + 1 }, changeDigest);
    return this.last;
  }

  /** An entry that the master made. */
  store(token: Token, changeDigest: number): void {
    assert(token.index === this.last.index + 1, "entries follow each other");
    this.last = token;
    this.rolling = mix32(mix32(mix32(this.rolling, token.view), token.index), changeDigest);
  }

  /** The whole state was replaced by another holder's. */
  restore({ token, digest, committed }: SegmentRest): void {
    this.last = token;
    this.rolling = digest;
    this.committed = committed;
    this.replies = [];
  }

  /** This server is master no more: whoever waits for a reply asks the next one. */
  dropReplies(): void {
    this.replies = [];
  }

  /** Every full holder has the entries up to `index`: their replies go out. */
  commit(index: number): void {
    assert(
      index >= this.committed && index <= this.last.index,
      "only applied entries are committed, in order",
    );
    this.committed = index;
    let released = 0;
    while (released < this.replies.length && this.replies[released].index <= index) released += 1;
    if (released === 0) return;
    const due = this.replies;
    this.replies = due.slice(released);
    for (let i = 0; i < released; i++) due[i].reply();
  }

  /** Runs `reply` when all that is applied now is committed, at once where it already is. */
  whenCommitted(reply: () => void): void {
    if (this.committed === this.last.index) reply();
    else this.replies.push({ index: this.last.index, reply });
  }
}

/** Is `a` an older state than `b`? Tokens compare as (lineage, view, index), in that order. */
export function isOlder(a: Token, b: Token): boolean {
  if (a.lineage !== b.lineage) return a.lineage < b.lineage;
  if (a.view !== b.view) return a.view < b.view;
  return a.index < b.index;
}
