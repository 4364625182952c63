/** Any moment of a recorded run is what reducing its facts from the beginning gives. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Fact, Timeline, TraceSource, ViewState } from "../../../src/observe/index.ts";
import { factsDrawn } from "../view/facts-drawn.ts";

const seed = 6;

function fromTheStart(facts: readonly Fact[], count: number, at: number): unknown {
  const state = new ViewState();
  for (const fact of facts.slice(0, count)) state.reduce(fact.at, fact.node, fact.fact);
  return state.snapshot(at);
}

/** Long enough for several kept states: the same few facts again and again, later each time. */
function long(facts: readonly Fact[], times: number): readonly Fact[] {
  return Array.from({ length: times }, (_, i) =>
    facts.map((fact) => ({ ...fact, at: fact.at + i * 5e6 })),
  ).flat();
}

test("a seek gives what reducing from the start gives, back and forth", () => {
  fc.assert(
    fc.property(factsDrawn, fc.array(fc.nat(1000), { minLength: 1, maxLength: 6 }), (few, places) => {
      const facts = long(few, 80);
      const timeline = new Timeline();
      for (const fact of facts) timeline.append(fact);
      for (const place of places) {
        const count = Math.floor((place / 1000) * facts.length);
        const at = facts[count - 1]?.at ?? 0;
        expect(timeline.view(count, at)).toEqual(fromTheStart(facts, count, at));
      }
    }),
    { seed, numRuns: 25 },
  );
});

test("steps, jumps and bookmarks of a trace meet the facts that they name", () => {
  fc.assert(
    fc.property(factsDrawn, (facts) => {
      fc.pre(facts.length > 2);
      const source = new TraceSource({ title: "drawn", facts });
      source.stepFacts(1);
      const first = source.playhead().factIndex;
      source.bookmark("here");
      const view = source.view();
      source.goTo(9e6);
      expect(source.playhead()).toMatchObject({ factIndex: facts.length, isComplete: true, isPaused: true });
      const isBack = source.stepTo(-1, { types: [facts[0].fact.type] });
      if (isBack.ok) expect(source.recentFacts(1)[0].fact.type).toBe(facts[0].fact.type);
      expect(source.goToBookmark("here").ok).toBe(true);
      expect(source.playhead().factIndex).toBe(first);
      expect(source.view()).toEqual(view);
      expect(source.break().ok).toBe(false);
    }),
    { seed, numRuns: 50 },
  );
});
