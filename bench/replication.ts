/**
 * What safety costs: the same pushes and pulls to three servers that keep each segment at none, one or two replicas
 * beside its master. A push is answered when every full holder has it.
 */
import type { JobSpec } from "#tauring/core/index.js";
import { runJob } from "./cluster.ts";
import type { DatapathOptions } from "./datapath-application.ts";
import { type BenchOptions, type Figure, benchOptions, isStartedAgain, median, print } from "./report.ts";

const servers = 3;
const replicaCounts = [0, 1, 2] as const;

/** Microseconds by what was measured. */
type Samples = Map<string, number[]>;

async function measure(size: DatapathOptions, replicas: number, samples: Samples): Promise<void> {
  const job: JobSpec = {
    schema: "tauring.job/1",
    name: "replication",
    application: "datapath",
    seed: "1",
    slotCount: 1,
    tau: null,
    pushFilters: [],
    pullFilters: [],
    options: { ...size },
    source: null,
    keyMax: "0",
  };
  await runJob(job, {
    servers,
    workers: 1,
    replicas,
    module: new URL("./datapath-application.js", import.meta.url).href,
    place: "inline",
    told: (_node, told) => {
      if (told.type !== "measured") return;
      const name = nameOf(told.what, replicas);
      samples.set(name, [...(samples.get(name) ?? []), ...told.micros]);
    },
  });
}

function nameOf(what: string, replicas: number): string {
  return `${what}/${replicas}`;
}

function figuresOf(samples: Samples, keys: number): readonly Figure[] {
  const p50 = (what: string, replicas: number): number =>
    median(samples.get(nameOf(what, replicas)) ?? [Number.NaN]);
  const figures: Figure[] = [];
  for (const replicas of replicaCounts) {
    const without = { what: "with none", value: keys / p50("push", 0) };
    const against = replicas === 0 ? {} : { against: without };
    figures.push({
      what: `push of ${keys} keys seen before, ${replicas} replicas`,
      value: keys / p50("push", replicas),
      unit: "M keys/s",
      ...against,
    });
  }
  for (const replicas of replicaCounts) {
    const against = replicas === 0 ? {} : { against: { what: "with none", value: p50("push of a key", 0) } };
    figures.push({
      what: `push of a key, p50, ${replicas} replicas`,
      value: p50("push of a key", replicas),
      unit: "us",
      ...against,
    });
  }
  for (const replicas of replicaCounts) {
    const against = replicas === 0 ? {} : { against: { what: "with none", value: p50("pull of a key", 0) } };
    figures.push({
      what: `pull of a key, p50, ${replicas} replicas`,
      value: p50("pull of a key", replicas),
      unit: "us",
      ...against,
    });
  }
  return figures;
}

async function main(): Promise<void> {
  const options: BenchOptions = benchOptions();
  const size: DatapathOptions = options.isQuick
    ? { keys: 10_000, lists: 5, singles: 40, saturateMicros: 50_000 }
    : { keys: 1_000_000, lists: 20, singles: 3_000, saturateMicros: 200_000 };
  const samples: Samples = new Map();
  for (let round = 0; round < (options.isQuick ? 1 : 2); round++) {
    for (const replicas of replicaCounts) await measure(size, replicas, samples);
  }
  print("replication", options, figuresOf(samples, size.keys));
}

if (!isStartedAgain(import.meta.url)) await main();
