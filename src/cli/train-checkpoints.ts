/** What `tauring train` does about checkpoints. */
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { manifestName } from "../net/index.ts";
import { chooseCheckpoint } from "./checkpoint-choice.ts";
import type { ReadyJob, TrainOptions } from "./commands/train.ts";
import { CommandError, exitCodes, messageOf } from "./exit.ts";
import { say } from "./output.ts";

type Options = Pick<TrainOptions, "checkpointDir" | "checkpointEvery" | "resume" | "connect" | "world">;

export function refuseCheckpoints(options: Options, refuse: (what: string) => never): void {
  const { checkpointDir, checkpointEvery, resume, connect, world } = options;
  if (world === "sim" && (checkpointDir ?? checkpointEvery ?? resume) !== undefined) {
    refuse(
      "--checkpoint-dir, --checkpoint-every and --resume are for --world grpc: a scenario has checkpoints",
    );
  }
  if (connect !== undefined && checkpointDir !== undefined) {
    refuse(
      "--checkpoint-dir cannot be given with --connect: each node has its own (tauring start --checkpoint-dir)",
    );
  }
  if (connect === undefined && checkpointEvery !== undefined && checkpointFolderOf(options) === undefined) {
    refuse("--checkpoint-every needs --checkpoint-dir, where checkpoints are kept");
  }
}

/** Where the nodes of this machine keep checkpoints, and find the one that they go on from. */
export function checkpointFolderOf({ checkpointDir, resume }: Options): string | undefined {
  const folder = resume === undefined ? undefined : folderOf(resume);
  if (checkpointDir === undefined) return folder;
  const own = resolve(checkpointDir);
  if (folder === undefined || folder === own) return own;
  const why = `a job that goes on keeps its checkpoints beside the one that it goes on from, in ${folder}`;
  throw new CommandError(exitCodes.usage, `--checkpoint-dir ${checkpointDir}: ${why}`);
}

function folderOf(resume: string): string {
  const whole = resolve(resume);
  return existsSync(join(whole, manifestName)) ? dirname(whole) : whole;
}

/** The job with when it is saved, and what it goes on from. The slots are those of the checkpoint: each has a share. */
export async function withCheckpoints(ready: ReadyJob, options: Options): Promise<ReadyJob> {
  const { resume, checkpointEvery, connect } = options;
  const folder = checkpointFolderOf(options);
  if (folder !== undefined && resume === undefined) makeFolder(folder);
  const { job } = ready;
  const isKept = folder !== undefined || connect !== undefined;
  if (job.spec.checkpoint !== undefined && !isKept) {
    say("the job file asks for checkpoints, and none is kept: --checkpoint-dir would do");
  }
  const each = checkpointEvery === undefined ? undefined : { everyPasses: checkpointEvery };
  const checkpoint =
    each === undefined
      ? (job.spec.checkpoint ?? (folder === undefined ? undefined : { everyPasses: 1 }))
      : { ...job.spec.checkpoint, ...each };
  let spec = checkpoint === undefined ? job.spec : { ...job.spec, checkpoint };
  if (resume !== undefined) {
    const { manifest } = await chooseCheckpoint(resume, spec);
    say(`going on from ${manifest.name}, before task ${manifest.pass.first}`);
    spec = { ...spec, slotCount: manifest.job.slotCount, resume: manifest.name };
  }
  return { ...ready, job: { ...job, spec } };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new CommandError(exitCodes.usage, `--checkpoint-dir: ${messageOf(error)}`);
  }
}
