/**
 * What a holder has of its segment: all of it, up to the log's newest entry; or, while it is being filled, the rows of
 * the keys from its beginning up to some key (docs/protocol.md 7).
 */
import { keyList } from "../../keys/key-list.ts";
import type { KeyRange } from "../../keys/key-range.ts";
import type { Token } from "../../identities.ts";
import type { LogEntry } from "../../message/message.ts";
import type { ChainMessage } from "../../message/chain-messages.ts";
import type { SegmentState } from "../segment-state.ts";
import type { Position } from "./feed.ts";
import { takeEntry } from "./log-entries.ts";
import { forgetState, storeRest, storeRows } from "./storing.ts";

type Rows = Extract<ChainMessage, { readonly type: "snapshot" }>;

export type Taken =
  /** Something before it has not come. */
  | { readonly type: "gap" }
  | { readonly type: "refused"; readonly reason: string }
  /** More rows are to come. */
  | { readonly type: "part" }
  /** The copy is whole from now on. */
  | { readonly type: "whole" };

export class Copy {
  private readonly segment: SegmentState;
  private isWhole: boolean;
  /** Of these keys it has rows. */
  private filled: KeyRange;
  private filledAt: Token;

  constructor(segment: SegmentState, isFull: boolean) {
    this.segment = segment;
    this.isWhole = isFull;
    const { begin, end } = segment.name.range;
    this.filled = { begin, end: isFull ? end : begin };
    this.filledAt = segment.log.token;
  }

  get isFull(): boolean {
    return this.isWhole;
  }

  get position(): Pick<Position, "token" | "digest" | "isFull" | "filled"> {
    const { isFull, filled, segment } = this;
    return { token: this.token, digest: segment.log.digest, isFull, filled };
  }

  /** It counts as one that has nothing: the views in which it was not listed as full went by unseen. */
  startOver(): void {
    const { begin } = this.segment.name.range;
    this.isWhole = false;
    this.filled = { begin, end: begin };
  }

  /** The newest entry that its rows contain. */
  private get token(): Token {
    return this.isWhole ? this.segment.log.token : this.filledAt;
  }

  /** The entry as the next in line gets it; undefined: it was here already. */
  takeEntry(entry: LogEntry): LogEntry | Extract<Taken, { readonly type: "gap" | "refused" }> | undefined {
    const has = this.token.index;
    if (entry.token.index <= has) return undefined;
    if (entry.token.index > has + 1) return { type: "gap" };
    const kept = takeEntry(this.segment, entry, this.isWhole);
    if (kept === undefined) return { type: "gap" };
    if (typeof kept === "string") return { type: "refused", reason: kept };
    this.filledAt = entry.token;
    return kept;
  }

  takeRows({ filled, rows, rest, token }: Rows): Taken {
    const { segment } = this;
    const { begin, end } = segment.name.range;
    if (filled.begin === begin) {
      forgetState(segment);
      this.filled = { begin, end: begin };
    } else if (filled.begin !== this.filled.end || token.index > this.filledAt.index) {
      // Also where an entry before them has not come: it may have changed rows that are here already. Rows of an older state
      // are taken, and the entries since asked for again.
      return { type: "gap" };
    }
    const keys = keyList(rows.keys.pairs ?? new Uint32Array(0));
    const reason =
      storeRows(segment, rows, keys) ?? (rest === undefined ? undefined : storeRest(segment, rest));
    if (reason !== undefined) return { type: "refused", reason };
    this.filled = { begin, end: filled.end };
    this.filledAt = token;
    if (rest === undefined || filled.end < end) return { type: "part" };
    this.isWhole = true;
    return { type: "whole" };
  }
}
