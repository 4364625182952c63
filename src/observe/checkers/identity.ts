/** Names of pushes and states, for maps and for people. */
import type { PushIdentity, Token } from "../../core/index.ts";

/** `weights 12/0 of slot 1` would need names; a parameter's number does: `p0 12/0 s1`. */
export function pushName(push: PushIdentity): string {
  return `p${push.parameter} ${push.time}/${push.op} s${push.slot}`;
}

export function segmentName(parameter: number, segment: number): string {
  return `p${parameter}@${segment}`;
}

/** Tokens compare as (lineage, view, index), in that order. */
export function compareTokens(a: Token, b: Token): number {
  return a.lineage - b.lineage || a.view - b.view || a.index - b.index;
}

export function tokenName(token: Token): string {
  return `(${token.lineage}, ${token.view}, ${token.index})`;
}
