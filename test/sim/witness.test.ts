/** Every event of a run has the one that gave cause to it, and the rolling hash so far; nobody who looks changes the run. */
import { expect, test } from "vitest";
import { applications } from "../../src/apps/index.ts";
import { snappyCompressor } from "../../src/net/index.ts";
import { applicationJob, jobOf, planOf, runPlan, scenarioSchema, type Step } from "../../src/sim/index.ts";

const scenario = scenarioSchema.parse({
  schema: "tauring.scenario/1",
  name: "steps",
  why: "Each event has a cause",
  seed: "1",
  cluster: { servers: 2, workers: 2, replicas: 1 },
  workload: [{ kind: "application", application: "provenance", options: { tasks: 4 } }],
});

function runOnce(stepped?: (step: Step) => void): string {
  const base = applicationJob(scenario);
  if (base === undefined) throw new Error("the workload is an application");
  const summary = { rows: 0, nonzeros: 0, badLines: 0, loadMicros: 0 };
  const loadShare = () => ({ examples: undefined, summary });
  const parts = { applications, compressor: snappyCompressor, loadShare };
  return runPlan(planOf(scenario, "1", jobOf(scenario, base, "1")), {
    parts: stepped === undefined ? parts : { ...parts, stepped },
  }).traceHash;
}

const steps: (Step & { readonly sum: string })[] = [];
const seen = runOnce((step) => steps.push({ ...step, sum: step.hash() }));

test("whoever looks on changes nothing", () => {
  expect(seen).toBe(runOnce());
});

test("steps are numbered from 1 in the order of time, and each hash is another", () => {
  expect(steps.map(({ number }) => number)).toEqual(steps.map((_, i) => i + 1));
  for (let i = 1; i < steps.length; i++) expect(steps[i].at).toBeGreaterThanOrEqual(steps[i - 1].at);
  expect(new Set(steps.map(({ sum }) => sum)).size).toBe(steps.length);
});

test("a cause is an earlier step: a timer's is one of its own node, a frame's one of another", () => {
  let frames = 0;
  for (const { number, cause, node, event } of steps) {
    expect(cause).toBeLessThan(number);
    if (event.type === "started") expect(cause).toBe(0);
    if (event.type === "timer-fired") expect(steps[cause - 1].node).toBe(node);
    if (event.type !== "received") continue;
    frames++;
    expect(steps[cause - 1].node).not.toBe(node);
  }
  expect(frames).toBeGreaterThan(100);
});
