/** Memory of every process after 1,000 and after 10,000 tasks of the clickbait job: it must not grow. */
import { join } from "node:path";
import { readJob } from "#tauring/cli/job-file.js";
import { withFeatures } from "#tauring/cli/features.js";
import type { Progress } from "#tauring/core/index.js";
import type { LocalCluster } from "#tauring/net/index.js";
import { runJob } from "./cluster.ts";
import { type Figure, benchOptions, median, print } from "./report.ts";
import { root } from "./tauring.ts";
import type { Told } from "./told.ts";

type Memory = Extract<Told, { readonly type: "memory" }>;

const mebibyte = 1024 * 1024;

async function main(): Promise<void> {
  const options = benchOptions();
  // A pass is 78 blocks and an evaluation. A few passes in a row are looked at, as one look may meet a peak.
  const [early, late] = options.isQuick
    ? [[1], [2]]
    : [
        [13, 14, 15, 16, 17],
        [127, 128, 129, 130, 131],
      ];
  const passesMax = late[late.length - 1] + 1;
  const job = await withFeatures(readJob(join(root, "jobs/clickbait.yaml"), { tau: 4, passesMax }));
  const said = new Map<string, Memory[]>();
  let tasks = 0;
  const result = await runJob(
    // It goes on although it has long been good enough.
    { ...job.spec, options: { ...job.spec.options, epsilon: 1e-300 } },
    {
      servers: job.servers,
      workers: job.workers,
      module: new URL("../cli/program-module.js", import.meta.url).href,
      place: "auto",
      nodeFlags: ["--expose-gc"],
      progress: ({ pass }: Progress, cluster: LocalCluster) => {
        if (early.includes(pass) || late.includes(pass))
          for (const pid of cluster.pids().values()) process.kill(pid, "SIGUSR2");
      },
      told: (node, told) => {
        if (told.type === "memory") said.set(node, [...(said.get(node) ?? []), told]);
      },
    },
  );
  for (const { tasksFinished } of result.nodes) tasks = Math.max(tasks, tasksFinished);
  const figures = [...said].flatMap(([node, memories]) => {
    const before = memories.slice(0, early.length);
    const after = memories.slice(early.length);
    return [
      compared(
        `${node}: heap`,
        before.map(({ heapBytes }) => heapBytes),
        after.map(({ heapBytes }) => heapBytes),
      ),
      compared(
        `${node}: resident`,
        before.map(({ rssBytes }) => rssBytes),
        after.map(({ rssBytes }) => rssBytes),
      ),
    ];
  });
  figures.push({ what: "tasks in all", value: tasks, unit: "" });
  print("memory", options, figures);
}

function compared(what: string, before: readonly number[], after: readonly number[]): Figure {
  const against = { what: "MiB after 1,000 tasks", value: median(before) / mebibyte };
  return {
    what: `${what} after 10,000 tasks`,
    value: median(after) / mebibyte,
    unit: "MiB",
    against,
    goal: { atMost: 1.1 },
  };
}

await main();
