/** A job's programs in this process, one after the other, without nodes, messages or threads: what transport adds to. */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { applications } from "#tauring/apps/index.js";
import { readJob } from "#tauring/cli/job-file.js";
import { withFeatures } from "#tauring/cli/features.js";
import { type Application, type Examples, type JobSpec, assert } from "#tauring/core/index.js";
import { type DataSource, loadShare } from "#tauring/data/index.js";
import { root } from "./tauring.ts";

interface Hooks {
  readonly slotOrder: (time: number, slotCount: number) => readonly number[];
  readonly progress: (progress: { readonly objective: number }) => void;
}
/** The harness that the tests of applications run in. */
interface Harness {
  runInOneProcess(application: Application, job: JobSpec, shares: readonly Examples[], hooks: Hooks): unknown;
}

/** Seconds from the first task until the objective is within `gap` of `reference`. */
export async function secondsInOneProcess(jobPath: string, gap: number, reference: number): Promise<number> {
  const { spec } = await withFeatures(readJob(jobPath, { gap }));
  const shares: Examples[] = [];
  for (let slot = 0; slot < spec.slotCount; slot++) {
    const { examples } = await loadShare(spec.source as DataSource, slot, spec.slotCount);
    shares.push(examples);
  }
  const application = applications(spec.application);
  assert(application !== undefined, `the application ${spec.application} is known`);
  const { runInOneProcess } = await harness();
  let begin: number | undefined;
  let seconds: number | undefined;
  const inOrder = Array.from({ length: spec.slotCount }, (_, slot) => slot);
  runInOneProcess(application, spec, shares, {
    slotOrder: () => {
      begin ??= performance.now();
      return inOrder;
    },
    progress: ({ objective }) => {
      if (objective - reference <= gap * reference) seconds ??= (performance.now() - (begin ?? 0)) / 1000;
    },
  });
  assert(seconds !== undefined, "the job ends at its gap");
  return seconds;
}

/** It is no part of what is built, so it is built here. */
async function harness(): Promise<Harness> {
  const { build } = await import("vite");
  const outDir = join(root, "dist/bench/one-process");
  await build({
    root,
    configFile: false,
    logLevel: "error",
    build: {
      ssr: "test/support/one-process.ts",
      outDir,
      rollupOptions: { output: { entryFileNames: "one-process.mjs" } },
    },
  });
  return (await import(pathToFileURL(join(outDir, "one-process.mjs")).href)) as Harness;
}
