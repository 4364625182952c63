/** The scenarios that README names do what they say: their faults happen, and the cluster goes on. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readJob } from "../../src/cli/job-file.ts";
import { simulatorParts } from "../../src/cli/simulate.ts";
import {
  describeProblems,
  disappointments,
  jobOf,
  parseScenario,
  planOf,
  runPlan,
  undisturbedModel,
} from "../../src/sim/index.ts";

const folder = fileURLToPath(new URL("../../scenarios/basics/", import.meta.url));

/** What must have happened, in order: facts of nodes, and what the world did to them. */
const stories: Readonly<Record<string, readonly string[]>> = {
  "kill-a-server": ["node-crashed server-1", "node-evicted server-1", "view-published", "job-ended"],
  demo: [
    "node-crashed server-1",
    "node-evicted server-1",
    "node-launched server-4",
    "node-crashed worker-1",
    "node-crashed scheduler-0",
    "leader-elected scheduler-1",
    "job-ended",
  ],
  "kill-a-worker": ["node-crashed worker-1", "node-evicted worker-1", "slot-assigned", "job-ended"],
  "kill-the-scheduler": ["node-crashed scheduler-0", "leader-elected scheduler-1", "job-ended"],
  "kill-the-manager": [
    "node-crashed manager-0",
    "node-crashed server-1",
    "leader-elected manager-1",
    "node-evicted server-1",
    "view-published",
    "job-ended",
  ],
  "a-server-joins": ["node-launched server-3", "view-published", "holder-filled", "job-ended"],
  "preempted-with-notice": [
    "node-asked-to-leave server-2",
    "view-published",
    "node-evicted server-2",
    "job-ended",
  ],
  "paused-server-wakes": [
    "node-paused server-1",
    "node-evicted server-1",
    "node-resumed server-1",
    "node-launched server-1",
    "node-started server-1",
    "job-ended",
  ],
};

test("each scenario with faults has its story here", () => {
  const files = readdirSync(folder).filter((file) =>
    readFileSync(join(folder, file), "utf8").includes("faults:"),
  );
  expect(files.map((file) => file.replace(".yaml", "")).toSorted()).toEqual(Object.keys(stories).toSorted());
});

test.each(Object.entries(stories))("%s", { timeout: 120_000 }, async (name, story) => {
  const path = join(folder, `${name}.yaml`);
  const parsed = parseScenario(readFileSync(path, "utf8"), path);
  if (!parsed.ok) return expect.fail(describeProblems(parsed.problems));
  const scenario = parsed.value;
  const { seed = "", workload } = scenario;
  if (workload[0].kind !== "train") return expect.fail("the workload is a job");
  const job = jobOf(scenario, readJob(join(dirname(path), workload[0].job), {}).spec, seed);
  const parts = await simulatorParts(job);
  const happened: string[] = [];
  const report = runPlan(planOf(scenario, seed, job), {
    parts: {
      ...parts,
      faultHappened: (event) => happened.push(`${event.type} ${"node" in event ? event.node : ""}`),
    },
    referenceModel: undisturbedModel(job, parts),
    observe: ({ node, fact }) => happened.push(`${fact.type} ${"peer" in fact ? fact.peer : node}`),
  });
  expect(disappointments(scenario, report, job)).toEqual([]);
  expect(report.checks.C7.evaluated).toBe(job.tau === 0 ? 1 : 0);
  let from = 0;
  for (const what of story) {
    const found = happened.findIndex((one, i) => i >= from && one.startsWith(what));
    expect(found, `${what}, after what comes before it in the story`).toBeGreaterThanOrEqual(0);
    from = found + 1;
  }
});
