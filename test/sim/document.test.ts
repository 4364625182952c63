/** Every mistake in a scenario file is reported with line, column, what was found, what is allowed, and a guess. */
import { expect, test } from "vitest";
import { describeProblems, parseScenario } from "../../src/sim/index.ts";

const good = `schema: tauring.scenario/1
name: x
why: y
cluster: { servers: 2, workers: 2 }
workload:
  - { kind: application, application: provenance, options: {} }
`;

const rows: readonly (readonly [string, string, string])[] = [
  [
    "a misspelt field",
    good.replace("servers: 2", "servrs: 2"),
    "s.yaml:4:12 cluster.servrs: no such field; did you mean servers?",
  ],
  [
    "a word for a number",
    good.replace("servers: 2", "servers: two"),
    's.yaml:4:21 cluster.servers: found "two"; expected a number',
  ],
  [
    "a number out of range",
    good.replace("servers: 2", "servers: 0"),
    "s.yaml:4:21 cluster.servers: found 0; allowed: at least 1",
  ],
  [
    "a duration without a unit",
    `${good}horizon: 12\n`,
    "s.yaml:7:10 horizon: found 12; expected a duration such as 150ms or 1.5s (units: us, ms, s, min, h)",
  ],
  [
    "a misspelt branch of a union",
    `${good}net: { default: { delay: { lognorml: { p50: 3ms, p99: 9ms } } } }\n`,
    "s.yaml:7:28 net.default.delay.lognorml: no such field; did you mean lognormal?",
  ],
  [
    "a misspelt word",
    `${good}net: { default: { mode: strem } }\n`,
    's.yaml:7:25 net.default.mode: found "strem"; allowed: stream, datagram; did you mean stream?',
  ],
  [
    "a misspelt filter",
    `${good}filters: { push: [key-cachin] }\n`,
    's.yaml:7:19 filters.push.0: found "key-cachin"; allowed: key-caching or snappy or kkt, fields with values (name: value); did you mean key-caching?',
  ],
  [
    "a misspelt kind",
    good.replace("kind: application", "kind: aplication"),
    's.yaml:6:13 workload.0.kind: found "aplication"; allowed: train, application, script; did you mean application?',
  ],
  [
    "another version",
    good.replace("scenario/1", "scenario/9"),
    's.yaml:1:9 schema: found "tauring.scenario/9"; allowed: tauring.scenario/1; did you mean tauring.scenario/1?',
  ],
  [
    "a field of another kind",
    good.replace("workers: 2", "workers: 2, consistency: { kind: sequential, tau: 3 }"),
    "s.yaml:4:69 cluster.consistency.tau: does not go with kind: sequential",
  ],
  [
    "two delays",
    `${good}net: { default: { delay: { constant: 1ms, exponential: { mean: 3ms } } } }\n`,
    "s.yaml:7:43 net.default.delay.exponential: does not go with constant",
  ],
  [
    "what a stream does not do",
    `${good}net: { default: { loss: 0.5 } }\n`,
    "s.yaml:7:25 net.default.loss: found 0.5; does nothing on stream links; allowed with mode: datagram",
  ],
  [
    "what a datagram does not do",
    `${good}net: { default: { mode: datagram, reset: 0.5 } }\n`,
    "s.yaml:7:42 net.default.reset: found 0.5; does nothing on datagram links; allowed with mode: stream",
  ],
  ["a key given twice", `${good}name: again\n`, "s.yaml:7:1 Map keys must be unique: name is given twice"],
  ["an empty file", "", "s.yaml:1:1 the file is empty"],
  [
    "what is no text",
    "schema: \ufffd\ufffd\u0000",
    "s.yaml:1:1 found bytes that are no text; expected YAML in UTF-8",
  ],
  [
    "a job, of which everything else would be wrong too",
    "schema: tauring.job/1\nname: x\napplication: linear\nlambda: 1\n",
    's.yaml:1:9 schema: found "tauring.job/1"; allowed: tauring.scenario/1; tauring train runs a job',
  ],
  [
    "a trace",
    '{"schema":"tauring.trace/1","world":"sim"}\n{"at":1}\n',
    "s.yaml:1:1 found a trace; expected YAML; tauring sim replay runs again what a trace is of",
  ],
  ["a list", "[1, 2]", "s.yaml:1:1 found [1,2]; expected fields with values (name: value)"],
  [
    "a part of a number",
    good.replace("servers: 2", "servers: 2.5"),
    "s.yaml:4:21 cluster.servers: found 2.5; expected a whole number",
  ],
  [
    "more servers than there may be, where nobody is named any more",
    `${good}faults:\n  - { kind: crash, node: server-1, at: 1s }\n`.replace(
      "servers: 2",
      "servers: 99999999",
    ),
    "s.yaml:4:21 cluster.servers: found 99999999; allowed: at most 1000",
  ],
  [
    "a number that nothing can be counted by",
    good.replace("servers: 2", "servers: 1e20"),
    "s.yaml:4:21 cluster.servers: found 100000000000000000000; allowed: at most 1000",
  ],
  [
    "a check that is none",
    `${good}expect: { checks: [X2, Q9] }\n`,
    's.yaml:7:24 expect.checks.1: found "Q9"; no such check; did you mean X9?; docs/checkers.md has all',
  ],
  [
    "a word for a node without quotes",
    `${good}faults:\n  - { kind: crash, node: @primary, at: 1s }\n`,
    "s.yaml:8:26 Plain value cannot start with reserved character @; put it in quotes: '@primary'",
  ],
  ["a tab", good.replace("name", "\tname"), "s.yaml:2:1 Tabs are not allowed as indentation; use spaces"],
  [
    "a field too far to the right",
    good.replace("why", "  why"),
    's.yaml:2:7 Nested mappings are not allowed in compact mappings; the fields of one level begin in the same column; a text with ": " in it stands in quotes',
  ],
];

test("a good file is read, with its units and defaults", () => {
  const parsed = parseScenario(`${good}horizon: 1.5s\n`, "s.yaml");
  expect(parsed.ok && [parsed.value.horizon, parsed.value.net.default.mode]).toEqual([1_500_000, "stream"]);
});

test.each(rows)("%s", (_why, text, complaint) => {
  const parsed = parseScenario(text, "s.yaml");
  expect(parsed.ok ? "accepted" : describeProblems(parsed.problems)).toBe(complaint);
});

test("a file beyond the limit, and one of many aliases, are refused", () => {
  const long = parseScenario(`${good}#${"x".repeat(1024 * 1024)}`, "s.yaml");
  expect(long.ok ? "accepted" : describeProblems(long.problems)).toMatch(/documentBytesMax 1048576/);
  const bomb = `a: &a [1,1,1,1,1,1,1,1,1,1]\nb: &b [${"*a,".repeat(30)}]\nc: [${"*b,".repeat(30)}]\n`;
  const aliases = parseScenario(bomb, "s.yaml");
  expect(aliases.ok ? "accepted" : describeProblems(aliases.problems)).toMatch(/alias/i);
});

test.each([
  ["brackets without end", `a: ${"[".repeat(100_000)}`, /^s\.yaml:1:\d+ nested too deeply\n/],
  ["two documents", "a: 1\n---\nb: 2\n", /^s\.yaml:2:1 a second document begins here; a file holds one$/],
])("%s end in a few lines of our own words", (_why, text, complaint) => {
  const parsed = parseScenario(text, "s.yaml");
  const said = parsed.ok ? "" : describeProblems(parsed.problems);
  expect(said).toMatch(complaint);
  expect(said.split("\n").length).toBeLessThan(11);
});
