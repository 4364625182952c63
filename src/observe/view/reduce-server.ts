/** What a server says: requests by segment, clocks of slots, and which segments it serves. */
import type { Observation } from "../../core/index.ts";
import { microsPerSecond, type NodePart, type SegmentPart } from "./node-part.ts";

type ServerFact = Extract<
  Observation,
  { type: "part-received" | "read-answered" | "applied" | "segment-sealed" | "segment-dropped" }
>;

const sealsKept = 4;
const segmentsKept = 4096;
const slotsKept = 2 ** 20;

export function reduceServer(part: NodePart, at: number, fact: ServerFact): void {
  switch (fact.type) {
    case "part-received": {
      const segment = segmentOf(part, fact.segment);
      countIn(segment, at);
      segment.pushes++;
      segment.pushesNow++;
      return advanceClock(part, fact.push.slot, fact.push.time);
    }
    case "read-answered": {
      const segment = segmentOf(part, fact.segment);
      countIn(segment, at);
      segment.pulls++;
      segment.pullsNow++;
      return;
    }
    case "applied": {
      const segment = segmentOf(part, fact.segment);
      segment.appliedTime = Math.max(segment.appliedTime, fact.time);
      return;
    }
    case "segment-sealed": {
      const segment = segmentOf(part, fact.segment);
      const others = segment.seals.filter(({ view }) => view !== fact.view);
      segment.seals = [...others, { view: fact.view, at }].slice(-sealsKept);
      return;
    }
    default:
      part.segments = part.segments.filter(({ segment }) => segment !== fact.segment);
  }
}

function segmentOf(part: NodePart, segment: number): SegmentPart {
  const { segments } = part;
  for (let i = 0; i < segments.length; i++) if (segments[i].segment === segment) return segments[i];
  const made: SegmentPart = {
    segment,
    pushes: 0,
    pulls: 0,
    second: 0,
    pushesNow: 0,
    pushesBefore: 0,
    pullsNow: 0,
    pullsBefore: 0,
    appliedTime: -1,
    seals: [],
  };
  if (segments.length >= segmentsKept) segments.shift();
  segments.push(made);
  return made;
}

/** Requests are counted by whole seconds: the present one and that before it. */
function countIn(segment: SegmentPart, at: number): void {
  const second = Math.floor(at / microsPerSecond);
  if (second <= segment.second) return;
  const isNext = second === segment.second + 1;
  segment.pushesBefore = isNext ? segment.pushesNow : 0;
  segment.pullsBefore = isNext ? segment.pullsNow : 0;
  segment.pushesNow = 0;
  segment.pullsNow = 0;
  segment.second = second;
}

function advanceClock({ clocks }: NodePart, slot: number, time: number): void {
  if (slot >= slotsKept) return;
  while (clocks.length <= slot) clocks.push(-1);
  if (time > clocks[slot]) clocks[slot] = time;
}
