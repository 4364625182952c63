/** What a scenario asks of a fact's fields, and of whom, is held to what such a fact can say: what never matches is a mistake. */
import { expect, test } from "vitest";
import { describeProblems, parseScenario } from "../../src/sim/index.ts";

const head = `schema: tauring.scenario/1
name: x
why: y
cluster: { servers: 2, workers: 1 }
workload:
  - { kind: application, application: provenance }
`;
const waits = (on: string): string => `${head}faults:\n  - { kind: crash, node: server-1, on: ${on} }\n`;
const expects = (facts: string): string => `${head}expect: { facts: ${facts} }\n`;

const rows: readonly (readonly [string, string, string])[] = [
  [
    "a field that the fact does not have",
    waits("{ fact: holder-filled, where: { per: server-1 } }"),
    "s.yaml:8:72 faults.0.on.where.per: no such field of holder-filled; did you mean peer?; it has segment, view, peer",
  ],
  [
    "a field of a field by its own name alone",
    waits("{ fact: push-finished, where: { slot: 0 } }"),
    "s.yaml:8:72 faults.0.on.where.slot: no such field of push-finished; did you mean push.slot?; it has push.parameter, push.slot, push.time, push.op",
  ],
  [
    "a field that is several",
    waits("{ fact: push-finished, where: { push: 0 } }"),
    "s.yaml:8:72 faults.0.on.where.push: is not one value: push.parameter, push.slot, push.time, push.op",
  ],
  [
    "a fact without fields",
    waits("{ fact: all-healed, where: { peer: server-1 } }"),
    "s.yaml:8:69 faults.0.on.where.peer: no such field of all-healed; it has none",
  ],
  [
    "a text for a number",
    waits('{ fact: view-adopted, where: { view: "2" } }'),
    's.yaml:8:77 faults.0.on.where.view: found "2"; expected a number',
  ],
  [
    "a node that is not there",
    waits("{ fact: holder-filled, where: { peer: server-7 } }"),
    's.yaml:8:78 faults.0.on.where.peer: found "server-7"; no such node; did you mean server-0?',
  ],
  [
    "a word for nobody",
    waits("{ fact: holder-filled, where: { peer: '@pear' } }"),
    's.yaml:8:78 faults.0.on.where.peer: found "@pear"; no such word for a node; did you mean @peer?',
  ],
  [
    "a phase",
    `${head}phases:\n  - { faults: [{ kind: crash, node: server-1, on: { fact: applied, where: { tokn.index: 1 } } }] }\n`,
    "s.yaml:8:77 phases.0.faults.0.on.where.tokn.index: no such field of applied; did you mean token.index?; it has parameter, segment, token.lineage, token.view, token.index, time, op, slots.0, digest",
  ],
  [
    "what is forbidden, and could never come",
    expects("{ forbid: [{ fact: node-evicted, where: { node: server-1 } }] }"),
    "s.yaml:7:60 expect.facts.forbid.0.where.node: no such field of node-evicted; it has term, peer, incarnation, reason",
  ],
  [
    "what nobody says",
    expects("{ forbid: [{ fact: node-evicted, node: manger-0 }] }"),
    's.yaml:7:57 expect.facts.forbid.0.node: found "manger-0"; no such node; did you mean manager-0?',
  ],
];

test.each(rows)("%s", (_why, text, complaint) => {
  const parsed = parseScenario(text, "s.yaml");
  expect(parsed.ok ? "accepted" : describeProblems(parsed.problems)).toBe(complaint);
});

test.each([
  ["an element of a list", waits("{ fact: applied, where: { slots.2: 2 } }")],
  ["nothing", waits("{ fact: node-stopped, where: { reason: null } }")],
  ["a name that a map may have", waits("{ fact: view-published, where: { view.incarnations.server-1: 2 } }")],
  [
    "a field that one kind of edge has",
    waits("{ fact: slot-waited, where: { edge.server: '@primary(0)' } }"),
  ],
  [
    "who joins later",
    `${waits("{ fact: holder-filled, where: { peer: server-2 } }")}  - { kind: join, node: server-2, at: 1s }\n`,
  ],
])("%s may be asked for", (_what, text) => {
  const parsed = parseScenario(text, "s.yaml");
  expect(parsed.ok ? "" : describeProblems(parsed.problems)).toBe("");
});
