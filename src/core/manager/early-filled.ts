/**
 * What masters said before the manager could take it: they may be told of a view, or of who leads, before the manager is, and say
 * this once (docs/protocol.md 7).
 */
import type { NodeId } from "../ids.ts";
import type { Message } from "../message/message.ts";

export type Filled = Extract<Message, { type: "filled" }>;
type Said = readonly [from: NodeId, message: Filled];

/** More than any view has to be filled: what comes beyond it is nonsense. */
const defaultSaidMax = 100_000;

/** Invariant: all that is kept is of one view, the newest that was heard of; once for each master, segment and peer. */
export class EarlyFilled {
  private view: number = 0;
  private readonly said: Map<string, Said> = new Map();
  private readonly saidMax: number;

  constructor(saidMax: number = defaultSaidMax) {
    this.saidMax = saidMax;
  }

  keep(from: NodeId, message: Filled): void {
    const { segment, view, peer } = message;
    if (view < this.view) return;
    if (view > this.view) this.said.clear();
    this.view = view;
    if (this.said.size >= this.saidMax) return;
    this.said.set(`${from} ${segment} ${peer}`, [from, message]);
  }

  /** All that is of this view, once; what is of an older one is worth nothing any more. */
  take(view: number): readonly Said[] {
    if (this.view > view) return [];
    const said = this.view === view ? [...this.said.values()] : [];
    this.said.clear();
    return said;
  }

  toString(): string {
    return `${this.view}: ${[...this.said.keys()].join(",")}`;
  }
}
