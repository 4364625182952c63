/** Which facts of a trace a person wants to see. */
import type { Observation } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import { describeFact } from "../describe-fact.ts";

/** What is undefined asks for nothing; all that is given must hold. */
export interface Selection {
  readonly nodes?: readonly string[] | undefined;
  readonly types?: readonly string[] | undefined;
  readonly slot?: number | undefined;
  /** A segment, by where it begins. */
  readonly segment?: number | undefined;
  /** A task's time. */
  readonly time?: number | undefined;
  /** In the words of the fact. */
  readonly text?: string | undefined;
}

/** What a fact is about, where it says so. */
export interface Subject {
  readonly slots: readonly number[];
  readonly segments: readonly number[];
  readonly time: number | undefined;
}

function subjectOf(fact: Observation): Subject {
  const about = "push" in fact ? { ...fact, ...fact.push } : fact;
  return {
    slots: "slots" in about ? about.slots : "slot" in about ? [about.slot] : [],
    segments: "segments" in about ? about.segments : "segment" in about ? [about.segment] : [],
    time: "time" in about ? about.time : undefined,
  };
}

export function isSelected({ node, fact }: Fact, selection: Selection): boolean {
  const { nodes, types, slot, segment, time, text } = selection;
  if (nodes !== undefined && !nodes.includes(node)) return false;
  if (types !== undefined && !types.includes(fact.type)) return false;
  if (slot !== undefined || segment !== undefined || time !== undefined) {
    const subject = subjectOf(fact);
    if (slot !== undefined && !subject.slots.includes(slot)) return false;
    if (segment !== undefined && !subject.segments.includes(segment)) return false;
    if (time !== undefined && subject.time !== time) return false;
  }
  return text === undefined || describeFact(fact).includes(text);
}
