/** The newest entries of a segment, kept until every holder is known to have them. */
import { assert } from "../../assert.ts";
import type { LogEntry } from "../../message/message.ts";
import type { Token } from "../../identities.ts";

/** Invariant: entries follow each other from right after `base`, without a gap. */
export class Retained {
  private base: Token;
  private entries: LogEntry[] = [];

  constructor(base: Token) {
    this.base = base;
  }

  get count(): number {
    return this.entries.length;
  }

  /** What was kept is of no use any more: the history goes on from this state. */
  reset(base: Token): void {
    this.base = base;
    this.entries = [];
  }

  append(entry: LogEntry): void {
    assert(entry.token.index === this.last.index + 1, "entries are kept one after the other");
    this.entries.push(entry);
  }

  /** The state after the newest entry. */
  get last(): Token {
    return this.entries.length === 0 ? this.base : this.entries[this.entries.length - 1].token;
  }

  /** Whether a holder in this state of this very history can be brought up to date by entries. */
  covers(token: Token): boolean {
    const known = this.tokenAt(token.index);
    return known !== undefined && known.view === token.view && known.lineage === token.lineage;
  }

  /** Undefined: the entry is not kept. */
  tokenAt(index: number): Token | undefined {
    const offset = index - this.base.index;
    return offset === 0 ? this.base : this.entries[offset - 1]?.token;
  }

  /** Whether every entry after this one, as far as there are any yet, is kept. */
  goesOnAfter(index: number): boolean {
    return index >= this.base.index;
  }

  after(index: number): readonly LogEntry[] {
    return this.entries.slice(Math.max(0, index - this.base.index));
  }

  /** Forgets the entries up to this index. */
  drop(index: number): void {
    const count = Math.min(index - this.base.index, this.entries.length);
    if (count <= 0) return;
    this.base = this.entries[count - 1].token;
    this.entries.splice(0, count);
  }
}
