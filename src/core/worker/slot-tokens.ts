/** The newest state of each segment that a slot has read, or that its pushes made: it is never shown an older one (G5). */
import type { Slot } from "../ids.ts";
import type { Token } from "../observation.ts";
import { isOlder } from "../server/segment-log.ts";

const nothingRead: Token = { lineage: 0, view: 0, index: 0 };

export class SlotTokens {
  private readonly tokens: Map<string, Token> = new Map();

  get(slot: Slot, parameter: number, segment: number): Token {
    return this.tokens.get(`${slot}/${parameter}/${segment}`) ?? nothingRead;
  }

  raise(
    part: { readonly slot: Slot; readonly parameter: number; readonly segment: number },
    token: Token,
  ): void {
    const { slot, parameter, segment } = part;
    if (isOlder(this.get(slot, parameter, segment), token)) {
      this.tokens.set(`${slot}/${parameter}/${segment}`, token);
    }
  }
}
