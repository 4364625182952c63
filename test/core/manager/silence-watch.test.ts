import fc from "fast-check";
import { expect, test } from "vitest";
import { micros, milliseconds, nodeId } from "../../../src/core/ids.ts";
import { SilenceWatch } from "../../../src/core/manager/silence-watch.ts";

const nodes = ["server-0", "worker-0", "worker-1"].map(nodeId);
const intervalMs = 100;
const suspectAfterMs = 300;

/** What a node sends in each interval, and how late the observer's check of it comes, in milliseconds. */
const beats = fc.array(fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 25 });

test("a punctual observer suspects whoever it has not heard for longer than allowed, and nobody else", () => {
  fc.assert(
    fc.property(beats, (intervals) => {
      const watch = new SilenceWatch(milliseconds(suspectAfterMs));
      for (const node of nodes) watch.watch(node, micros(0));
      const heardAt = [0, 0, 0];
      intervals.forEach((heard, i) => {
        const beatMs = i * intervalMs + 50;
        nodes.forEach((node, j) => {
          if (!heard[j]) return;
          watch.heard(node, milliseconds(beatMs));
          heardAt[j] = beatMs;
        });
        const now = (i + 1) * intervalMs;
        const silent = nodes
          .map((node, j) => ({ node, silentMs: now - heardAt[j] }))
          .filter(({ silentMs }) => silentMs > suspectAfterMs);
        expect(watch.check(milliseconds(now), milliseconds(now))).toEqual(silent);
      });
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("however long an observer stops, it never suspects a node that goes on sending", () => {
  const pauses = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(pauses, fc.boolean(), (list, isHeardFirst) => {
      const watch = new SilenceWatch(milliseconds(suspectAfterMs));
      watch.watch(nodes[0], micros(0));
      let nowMs = 0;
      for (const pauseMs of list) {
        const dueMs = nowMs + intervalMs;
        nowMs = dueMs + pauseMs;
        // What arrived meanwhile is still in a queue when the check runs, or was handled just before.
        if (isHeardFirst) watch.heard(nodes[0], milliseconds(nowMs));
        expect(watch.check(milliseconds(nowMs), milliseconds(dueMs))).toEqual([]);
        if (!isHeardFirst) watch.heard(nodes[0], milliseconds(nowMs));
      }
    }),
    { seed: 2, numRuns: 300 },
  );
});

test("a node that is not watched is neither heard nor suspected", () => {
  const watch = new SilenceWatch(milliseconds(suspectAfterMs));
  watch.heard(nodes[1], micros(0));
  watch.watch(nodes[0], micros(0));
  watch.forget(nodes[0]);
  expect(watch.check(milliseconds(900), milliseconds(900))).toEqual([]);
});
