/** [docs/terminal.md] What a screen shows is a function of the facts, however they were put together. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ClusterView, type Fact, type NodePart, ViewState } from "../../../src/observe/index.ts";
import { factsDrawn } from "./facts-drawn.ts";

const seed = 5;

function reduced(facts: readonly Fact[]): ViewState {
  const state = new ViewState();
  for (const { at, node, fact } of facts) state.reduce(at, node, fact);
  return state;
}

/** Of nodes by themselves, as each of a live cluster has it, over the wire. */
function merged(facts: readonly Fact[]): ClusterView {
  const state = new ViewState();
  for (const node of new Set(facts.map((fact) => fact.node))) {
    const own = reduced(facts.filter((fact) => fact.node === node));
    state.put(JSON.parse(JSON.stringify(own.part(node))) as NodePart);
  }
  return state.snapshot(facts.at(-1)?.at ?? 0);
}

describe("the view of a cluster", () => {
  test("is the same from parts reduced at each node as from the merged stream", () => {
    fc.assert(
      fc.property(factsDrawn, (facts) => {
        expect(merged(facts)).toEqual(reduced(facts).snapshot(facts.at(-1)?.at ?? 0));
      }),
      { seed, numRuns: 200 },
    );
  });

  test("is made of any facts in any order, and survives JSON", () => {
    fc.assert(
      fc.property(factsDrawn, fc.infiniteStream(fc.nat(100)), (facts, places) => {
        const shuffled = [...facts];
        for (let i = shuffled.length - 1; i > 0; i--) {
          const j = (places.next().value as number) % (i + 1);
          [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
        }
        const view = reduced(shuffled).snapshot();
        expect(JSON.parse(JSON.stringify(view))).toEqual(view);
      }),
      { seed, numRuns: 200 },
    );
  });

  test("of a fork does not change with the state that it was forked from", () => {
    fc.assert(
      fc.property(factsDrawn, fc.nat(60), (facts, cut) => {
        const state = reduced(facts.slice(0, cut));
        const [fork, view] = [state.fork(), state.snapshot(6e6)];
        const before = JSON.stringify(view);
        for (const { at, node, fact } of facts.slice(cut)) state.reduce(at, node, fact);
        expect(fork.snapshot(6e6)).toEqual(JSON.parse(before));
        expect(JSON.stringify(view)).toBe(before);
        for (const { at, node, fact } of facts.slice(cut)) fork.reduce(at, node, fact);
        expect(fork.snapshot(6e6)).toEqual(state.snapshot(6e6));
      }),
      { seed, numRuns: 200 },
    );
  });

  test("keeps what did not change as the same objects", () => {
    fc.assert(
      fc.property(factsDrawn, (facts) => {
        const state = reduced(facts);
        const view = state.snapshot(9e6);
        expect(state.snapshot(9e6)).toBe(view);
        state.reduce(9e6, "worker-9", { type: "frame-dropped", reason: "old" });
        const next = state.snapshot(9e6);
        expect(next.nodes.length).toBe(view.nodes.length + 1);
        for (const node of view.nodes) expect(next.nodes).toContain(node);
        expect(next.ring).toBe(view.ring);
      }),
      { seed, numRuns: 100 },
    );
  });
});
