/** What facts follow from, over whole runs with failures. */
import { expect, test } from "vitest";
import { type CausedFact, causalSlice, type Fact, shivizLog, withCauses } from "../../src/observe/index.ts";
import { scenarioSchema } from "../../src/sim/index.ts";
import { runDrawn } from "../sim/drawn-run.ts";

const facts: Fact[] = [];
runDrawn(
  scenarioSchema.parse({
    schema: "tauring.scenario/1",
    name: "causes",
    why: "A replica goes on where its master died",
    seed: "causes",
    cluster: { servers: 3, workers: 2, replicas: 1, consistency: { kind: "sequential" } },
    timing: { suspect: "200ms", heartbeat: "20ms" },
    workload: [{ kind: "application", application: "provenance", options: { tasks: 30 } }],
    faults: [{ kind: "crash", node: "server-1", at: "30ms" }],
  }),
  (fact) => facts.push(fact),
);
const caused = withCauses(facts);

test("a cause comes before what follows from it", () => {
  for (const [index, { fact, causes }] of caused.entries()) {
    for (const cause of causes) {
      expect(cause).toBeLessThan(index);
      expect(facts[cause].at).toBeLessThanOrEqual(fact.at);
    }
  }
});

test("what is done for others has a cause", () => {
  const needing = ["task-started", "push-invoked", "part-received", "applied", "committed", "push-finished"];
  const without = caused.filter(
    ({ fact, causes }) => needing.includes(fact.fact.type) && causes.length === 0,
  );
  expect(facts.filter(({ fact }) => fact.type === "committed").length).toBeGreaterThan(50);
  expect(without).toEqual([]);
});

test("a finished push follows from a commit of each entry that it is in", () => {
  const of = (index: number): string => facts[index].fact.type;
  const ends = caused.filter(({ fact }) => fact.fact.type === "push-finished");
  expect(ends.length).toBeGreaterThan(20);
  for (const { causes } of ends) expect(causes.map(of)).toContain("committed");
});

test("a view without the dead server follows from its eviction, and that from the suspicion", () => {
  const index = facts.findIndex(({ fact }) => fact.type === "view-published" && fact.view.number === 2);
  const types = causalSlice(caused, index, 30).map((i) => facts[i].fact.type);
  expect(types).toContain("node-suspected");
  expect(types).toContain("node-evicted");
});

test("a slice has at most so many facts, the latest of them", () => {
  const last = facts.findLastIndex(({ fact }) => fact.type === "push-finished");
  const [short, long] = [causalSlice(caused, last, 5), causalSlice(caused, last, 50)];
  expect(short).toHaveLength(5);
  expect(long.slice(-3)).toEqual(short.slice(-3));
});

test("a ShiViz clock is above those of all that it follows from", () => {
  const clocks = [...shivizLog(caused)].map((entry) =>
    JSON.parse(entry.slice(entry.indexOf("{"), entry.indexOf("}") + 1)),
  );
  const wrong = caused.flatMap(({ causes }: CausedFact, index) =>
    causes.filter((cause) =>
      Object.entries(clocks[cause]).some(([node, time]) => !(clocks[index][node] >= (time as number))),
    ),
  );
  expect(wrong).toEqual([]);
});
