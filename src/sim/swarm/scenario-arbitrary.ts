/**
 * Whole scenarios, drawn from the schema that validates them and the published JSON Schema is made from: every field that
 * a file may have is drawn. What the fields of a document say of one another (a fault names a node that is there) is kept
 * by taking out what the schema complains of.
 */
import fc from "fast-check";
import { castWords } from "../world/cast.ts";
import { scenarioJsonSchema } from "../scenario/json-schema.ts";
import { type ScenarioInput, scenarioSchema } from "../scenario/scenario.ts";
import { storyTypes } from "../scenario/where.ts";
import { withinBudget } from "./budget.ts";
import { smallJobFile } from "./random-scenario.ts";
import { arbitraryOf, type Hints, type Shape } from "./schema-arbitrary.ts";

const names = ["manager", "scheduler", "server", "worker"].flatMap((role) => [`${role}-0`, `${role}-1`]);
const words = Object.entries(castWords).map(([word, { argument }]) => {
  if (argument === undefined) return `@${word}`;
  return `@${word}(${argument === "node" ? "server-0" : "0"})`;
});
const node = fc.constantFrom(...names, ...names, ...names, ...words);
const nodes = fc.uniqueArray(node, { minLength: 1, maxLength: 3 });
const ends = fc.uniqueArray(fc.oneof(node, fc.constant("registry")), { minLength: 1, maxLength: 3 });
const shortWork = fc.record({ tasks: fc.integer({ min: 1, max: 12 }) });

/** What no schema knows: who there is, what can happen, and how much of it a run has time for. */
const hints: Hints = {
  name: fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/),
  seed: fc.nat(1_000_000),
  "cluster.servers": fc.integer({ min: 1, max: 4 }),
  "cluster.workers": fc.integer({ min: 1, max: 3 }),
  "cluster.slots": fc.integer({ min: 1, max: 4 }),
  "cluster.virtualServers": fc.integer({ min: 1, max: 4 }),
  "cluster.replicas": fc.integer({ min: 0, max: 2 }),
  node,
  nodes,
  from: ends,
  to: ends,
  others: ends,
  groups: fc.array(ends, { minLength: 2, maxLength: 3 }),
  // Times of what is waited for, not ends of a link.
  "faults.on.from": fc.constantFrom("1ms", "20ms"),
  "phases.faults.on.from": fc.constantFrom("1ms", "20ms"),
  "net.registryFaults.minority.from": fc.constantFrom("1ms", "20ms"),
  "net.registryFaults.minority.to": fc.constantFrom("30ms", "1s"),
  fact: fc.constantFrom(...storyTypes),
  // Of all that are drawn only those stay that the fact has.
  where: fc.dictionary(
    fc.constantFrom("peer", "slot", "time", "segment", "view", "push.slot", "token.index", "view.number"),
    fc.oneof(fc.nat(3), node),
    { maxKeys: 3, noNullPrototype: true },
  ),
  "expect.checks": fc.subarray(["X1", "C1", "R3", "V2"]),
  traceHash: fc.stringMatching(/^[0-9a-f]{64}$/),
  job: fc.constant(smallJobFile),
  application: fc.constant("provenance"),
  "workload.options": shortWork,
  "workload.keyMax": fc.integer({ min: 99, max: 2000 }),
  "workload.steps.by": fc.constantFrom("all", 0),
  "workload.steps.after": fc.constant([]),
  keys: fc.uniqueArray(fc.nat(99), { minLength: 1, maxLength: 4 }),
  range: fc.tuple(fc.nat(40), fc.integer({ min: 41, max: 99 })),
  "workload.steps.expect": fc.constant({ min: -1e9, max: 1e9 }),
  horizon: fc.constant("60s"),
  eventsMax: fc.constant(200_000),
};

/** Nothing of these is drawn: a file that another is written on, and a cluster to go on from, that may end before it saves anything. */
const leftOut = ["extends", "resume"];

/** Every document that it draws is a scenario; a run of it ends, in whatever way. */
export function scenarioArbitrary(): fc.Arbitrary<ScenarioInput> {
  const schema = scenarioJsonSchema() as Shape;
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {}).filter(([name]) => !leftOut.includes(name)),
  );
  const required = [...(schema.required ?? []), "seed", "horizon", "eventsMax"];
  return arbitraryOf({ ...schema, properties, required }, hints)
    .map(withoutMistakes)
    .filter((one): one is ScenarioInput => one !== undefined);
}

/** What says how well the world is, beside its faults: with any of it, a job may take for ever or fail by right. */
const troubles = ["filters", "timing", "limits", "net", "cost", "policy", "budget", "expect"] as const;

/** Clusters in a calm world whose faults they are to survive: a job that does not end well there is a bug. */
export function survivableArbitrary(): fc.Arbitrary<ScenarioInput> {
  return scenarioArbitrary()
    .map((drawn) => {
      const calm = { ...drawn };
      for (const name of troubles) delete calm[name];
      return withinBudget(calm);
    })
    .filter((one): one is ScenarioInput => one !== undefined);
}

const mistakesMax = 100;

/** Takes out what the schema complains of, one by one: a fault, a phase, or a field; undefined where that does not help. */
function withoutMistakes(drawn: unknown): ScenarioInput | undefined {
  const document = structuredClone(drawn) as ScenarioInput;
  for (const one of document.workload) {
    // What `tasks` is to the one, `passesMax` is to the other.
    if (one.kind === "train" && one.options !== undefined) one.options = { passesMax: one.options.tasks };
  }
  for (const one of document.faults ?? []) sayOnceWhen(one);
  for (const phase of document.phases ?? []) for (const one of phase.faults ?? []) sayOnceWhen(one);
  for (let i = 0; i < mistakesMax; i++) {
    const read = scenarioSchema.safeParse(document);
    if (read.success) return document;
    const [issue] = read.error.issues;
    if (!takeOut(document as unknown as Holder, issue.path as readonly (string | number)[])) return undefined;
  }
  return undefined;
}

/** A fault has a time, or waits for a fact: each field by itself may be left out, and not both. */
function sayOnceWhen(one: Fault): void {
  if (one.at === undefined && one.on === undefined) one.at = "50ms";
  else if (one.at !== undefined) delete one.on;
}

type Fault = NonNullable<ScenarioInput["faults"]>[number];
type Holder = Record<string | number, unknown>;

/** The whole element of a list where the mistake is in one, so that no half of a fault is left; a field of `where` by itself. */
function takeOut(document: Holder, path: readonly (string | number)[]): boolean {
  let holder = document;
  const isAsked = path.at(-2) === "where";
  for (const [depth, key] of path.entries()) {
    const inner = holder[key];
    const isElement = !isAsked && typeof path[depth + 1] === "number" && Array.isArray(inner);
    const isNested = path.slice(depth + 2).some((one) => one === "faults");
    if (isElement && !isNested && inner.length > 0 && key !== "workload") {
      inner.splice(path[depth + 1] as number, 1);
      return true;
    }
    if (depth === path.length - 1) {
      if (!(key in holder)) return false;
      delete holder[key];
      return true;
    }
    if (typeof inner !== "object" || inner === null) {
      delete holder[key];
      return true;
    }
    holder = inner as Holder;
  }
  return false;
}
