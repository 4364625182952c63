/**
 * What nodes said to each other around a moment, read off the facts: a fact at one node that follows from a fact at
 * another was brought by a message. Pushes that nobody has received are shown as still under way.
 */
import type { Observation } from "../../core/index.ts";
import { describeFact } from "../describe-fact.ts";
import type { Fact } from "../fact.ts";
import { withCauses } from "../trace/causes.ts";
import type { MessageView } from "./source.ts";
import type { Timeline } from "./timeline.ts";

export interface MessageWindow {
  readonly fromMicros: number;
  readonly toMicros: number;
  readonly max: number;
  readonly now: number;
  /** Facts that have happened. */
  readonly count: number;
}

/** Facts before the window in which messages may have been sent that arrive in it, and facts in it. */
const factsBeforeMax = 2000;
const factsMax = 6000;

const kinds: Partial<Record<Observation["type"], string>> = {
  "part-received": "push",
  "push-finished": "reply",
  "push-refused": "push",
  "read-answered": "pull",
  "part-pulled": "answer",
  "entry-stored": "entry",
  committed: "stored",
  "task-started": "task",
  "frontier-rose": "finished",
  "view-adopted": "view",
  "slot-assigned": "ready",
};

export function messagesBetween(timeline: Timeline, window: MessageWindow): readonly MessageView[] {
  const { fromMicros, toMicros, max, now } = window;
  const { facts, count } = { facts: timeline.facts, count: window.count };
  const first = Math.max(0, timeline.countAt(fromMicros) - factsBeforeMax);
  const end = Math.min(count, timeline.countAt(toMicros), first + factsMax);
  const shown = facts.slice(first, end);
  const found = arrived(shown).filter(
    ({ sentAt, arrivedAt }) => (arrivedAt ?? now) >= fromMicros && sentAt <= toMicros,
  );
  if (found.length > max) {
    const far = ({ sentAt, arrivedAt }: MessageView): number =>
      Math.min(Math.abs(sentAt - now), Math.abs((arrivedAt ?? now) - now));
    found.sort((a, b) => far(a) - far(b)).length = max;
  }
  return found.sort((a, b) => a.sentAt - b.sentAt || (a.arrivedAt ?? now) - (b.arrivedAt ?? now));
}

function arrived(facts: readonly Fact[]): MessageView[] {
  return withCauses(facts).flatMap(({ fact: arrival, causes }) => {
    const kind = kinds[arrival.fact.type];
    if (kind === undefined) return [];
    return causes.flatMap((cause): MessageView[] => {
      const sent = facts[cause];
      if (sent.node === arrival.node) return [];
      const text = describeFact(arrival.fact);
      return [{ from: sent.node, to: arrival.node, kind, sentAt: sent.at, arrivedAt: arrival.at, text }];
    });
  });
}
