/** Which checkpoint a path names, and what is in it. */
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type JobSpec, type Manifest, parseManifest, refuseJob } from "../core/index.ts";
import { CheckpointFolder, manifestName } from "../net/index.ts";
import { problemOf } from "./checkpoint-problem.ts";
import { CommandError, exitCodes } from "./exit.ts";
import { say } from "./output.ts";

export interface ChosenCheckpoint {
  /** Absolute: nodes may run elsewhere. */
  readonly folder: string;
  readonly manifest: Manifest;
}

/** Of those that will not do, so many are named with their reasons beside the newest. */
const olderNamed = 2;

export async function readCheckpoint(folder: CheckpointFolder, name: string): Promise<Manifest | string> {
  const answer = await folder.execute({ type: "read-manifest", checkpoint: name });
  if ("reason" in answer) return answer.reason;
  if (answer.type !== "read-manifest") return `it was answered by "${answer.type}"`;
  const manifest = parseManifest(answer.text);
  if (typeof manifest === "string" || manifest.name === name) return manifest;
  return `${join(folder.folder, name)} is checkpoint ${manifest.name} under another name: rename it`;
}

/** A checkpoint, or a folder of them, whose newest of the job it is that is whole: a damaged one would end the run. */
export async function chooseCheckpoint(path: string, job: JobSpec): Promise<ChosenCheckpoint> {
  const refuse = (reason: string): never => {
    throw new CommandError(exitCodes.data, `--resume ${path}: ${reason}`);
  };
  const isOne = existsSync(join(path, manifestName));
  const whole = resolve(path);
  const folder = new CheckpointFolder(isOne ? dirname(whole) : whole);
  const names = isOne
    ? [basename(whole)]
    : await folder.names().catch(() => refuse("there is no such folder"));
  const refusals: string[] = [];
  for (const name of names.toReversed()) {
    const manifest = await readCheckpoint(folder, name);
    const reason =
      typeof manifest === "string"
        ? manifest
        : (refuseJob(manifest, { ...job, slotCount: manifest.job.slotCount }) ??
          (await problemOf(folder, manifest)));
    if (typeof manifest === "object" && reason === undefined) {
      for (const passedOver of refusals) say(`passed over ${passedOver}`);
      return { folder: folder.folder, manifest };
    }
    refusals.push(`${name}: ${reason}`);
  }
  if (refusals.length === 0) {
    return refuse("there is no checkpoint in it: a job leaves some where it trains with --checkpoint-dir");
  }
  const [newest, ...older] = refusals;
  if (older.length === 0) return refuse(newest);
  const more = older.length > olderNamed ? `; and ${older.length - olderNamed} more` : "";
  const reasons = older.slice(0, olderNamed).join("; ");
  return refuse(`${newest}; the older ones will not do either: ${reasons}${more}`);
}
