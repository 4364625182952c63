/** The newest state of each segment that a slot has read, or that its pushes made: it is never shown an older one (G5). */
import type { Slot } from "../ids.ts";
import type { Token } from "../identities.ts";
import { isOlder } from "../server/segment-log.ts";

const nothingRead: Token = { lineage: 0, view: 0, index: 0 };

export class SlotTokens {
  private readonly slots: Map<Slot, Map<number, Token>> = new Map();

  get(slot: Slot, parameter: number, segment: number): Token {
    return this.slots.get(slot)?.get(place(parameter, segment)) ?? nothingRead;
  }

  raise(
    part: { readonly slot: Slot; readonly parameter: number; readonly segment: number },
    token: Token,
  ): void {
    const { slot, parameter, segment } = part;
    if (!isOlder(this.get(slot, parameter, segment), token)) return;
    const tokens = this.slots.get(slot) ?? new Map<number, Token>();
    tokens.set(place(parameter, segment), token);
    this.slots.set(slot, tokens);
  }
}

/** Segments begin below 2^32. */
function place(parameter: number, segment: number): number {
  return parameter * 2 ** 32 + segment;
}
