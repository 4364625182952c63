/** `tauring checkpoint now|list|verify`: what a job has left to go on from. */
import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { type Manifest, parseCheckpointFailed, parseCheckpointRecord, recordKeys } from "../../core/index.ts";
import { CheckpointFolder, JobClient } from "../../net/index.ts";
import { splitAddress } from "../address.ts";
import { readCheckpoint } from "../checkpoint-choice.ts";
import { problemOf } from "../checkpoint-problem.ts";
import { CommandError, exitCodes, messageOf } from "../exit.ts";
import { print, printJson, say } from "../output.ts";
import { table } from "../table.ts";
import { type TlsOptions, tlsFiles } from "../tls.ts";

export interface FolderOptions {
  readonly json?: boolean;
}

export interface NowOptions extends TlsOptions, FolderOptions {
  readonly connect: string;
  readonly cluster?: string;
  readonly waitMs: number;
}

interface Listed {
  readonly name: string;
  readonly manifest: Manifest | undefined;
  readonly problem: string | undefined;
}

export async function listCheckpoints(path: string, { json }: FolderOptions): Promise<number> {
  const found = await listed(path, undefined);
  if (json === true) {
    printJson({ schema_version: 1, folder: resolve(path), checkpoints: found.map(asJson) });
  } else if (found.length === 0)
    print("no checkpoint: a job leaves some where it trains with --checkpoint-dir");
  else {
    const rows = found.map(({ name, manifest, problem }) =>
      manifest === undefined
        ? [name, "", "", "", problem ?? ""]
        : [name, manifest.job.name, String(manifest.pass.first), String(bytesOf(manifest)), ""],
    );
    print(table(["checkpoint", "job", "next task", "bytes", "problem"], rows));
  }
  return found.some(({ problem }) => problem !== undefined) ? exitCodes.data : exitCodes.success;
}

/** Reads every byte of it. */
export async function verifyCheckpoints(
  path: string,
  name: string | undefined,
  { json }: FolderOptions,
): Promise<number> {
  const folder = new CheckpointFolder(resolve(path));
  const found: Listed[] = [];
  for (const one of await listed(path, name)) {
    const problem = one.manifest === undefined ? one.problem : await problemOf(folder, one.manifest);
    found.push({ ...one, problem });
  }
  if (found.length === 0) throw new CommandError(exitCodes.data, `${path}: there is no checkpoint in it`);
  if (json === true) {
    printJson({ schema_version: 1, folder: folder.folder, checkpoints: found.map(asJson) });
  } else for (const one of found) print(`${one.name}: ${one.problem ?? wholeText(one.manifest as Manifest)}`);
  return found.some(({ problem }) => problem !== undefined) ? exitCodes.data : exitCodes.success;
}

/** Asks for a checkpoint as the next pass begins, and waits for it. */
export async function checkpointNow(options: NowOptions): Promise<number> {
  const { connect, cluster, waitMs, json } = options;
  splitAddress(connect, "--connect");
  const client = new JobClient({ address: connect, tls: tlsFiles(options), clusterId: cluster });
  try {
    const id = randomUUID();
    const refusal = await client.wantCheckpoint(id);
    if (refusal !== undefined) {
      throw new CommandError(client.isRefused ? exitCodes.refused : exitCodes.unreachable, refusal);
    }
    if (json !== true) say("asked; it is taken as the next pass begins");
    const name = await answerTo(client, id, waitMs);
    if (json === true) printJson({ schema_version: 1, checkpoint: name });
    else print(name);
    return exitCodes.success;
  } finally {
    await client.close();
  }
}

function answerTo(client: JobClient, id: string, waitMs: number): Promise<string> {
  return new Promise((done, reject) => {
    const fail = (code: number, reason: string): void => {
      clearTimeout(timer);
      end();
      reject(new CommandError(code, reason));
    };
    /** Why the newest try could not be saved. */
    let failure: string | undefined;
    let toldOf: string | undefined;
    const timer = setTimeout(() => {
      const why = failure ?? "a pass takes longer than --wait-ms";
      fail(exitCodes.undecided, `there is no checkpoint after ${waitMs} ms: ${why}`);
    }, waitMs);
    const triedInVain = (value: string): void => {
      const tried = parseCheckpointFailed(value);
      if (typeof tried === "string" || tried.id !== id) return;
      failure = tried.reason;
      // A path has the checkpoint's name in it, and each try another one.
      const why = failure.replaceAll(tried.checkpoint, "");
      if (why === toldOf) return;
      toldOf = why;
      say(`${tried.checkpoint} was not saved: ${failure}; it is tried again as the next pass begins`);
    };
    const end = client.follow({
      progress: () => {},
      changed: (key, value) => {
        if (key === recordKeys.checkpointFailed && value !== undefined) return triedInVain(value);
        const record =
          key === recordKeys.checkpoint && value !== undefined ? parseCheckpointRecord(value) : "";
        if (typeof record === "string" || record.answers !== id) return;
        clearTimeout(timer);
        end();
        done(record.name);
      },
      ended: () =>
        fail(
          exitCodes.violated,
          failure === undefined
            ? "the job ended before another pass began"
            : `the job ended without a checkpoint: ${failure}`,
        ),
      failed: ({ reason }) => fail(exitCodes.violated, `the job failed: ${reason}`),
      lost: (reason) => fail(exitCodes.unreachable, reason),
    });
  });
}

async function listed(path: string, name: string | undefined): Promise<readonly Listed[]> {
  const folder = new CheckpointFolder(resolve(path));
  const names =
    name === undefined
      ? await folder.names().catch((error: unknown) => {
          throw new CommandError(
            exitCodes.data,
            `${path}: ${isMissing(error) ? "there is no such folder" : messageOf(error)}`,
          );
        })
      : [name];
  const found: Listed[] = [];
  for (const one of names) {
    const manifest = await readCheckpoint(folder, one);
    found.push(
      typeof manifest === "string"
        ? { name: one, manifest: undefined, problem: manifest }
        : { name: one, manifest, problem: undefined },
    );
  }
  return found;
}

function isMissing(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === "ENOENT";
}

function bytesOf({ parts }: Manifest): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

function wholeText(manifest: Manifest): string {
  const { job, pass, parts } = manifest;
  return `whole: job ${job.name} before task ${pass.first}, ${parts.length} parts, ${bytesOf(manifest)} bytes`;
}

function asJson({ name, manifest, problem }: Listed): unknown {
  return {
    name,
    job: manifest?.job.name ?? null,
    next_task: manifest?.pass.first ?? null,
    lineage: manifest?.lineage ?? null,
    parts: manifest?.parts.length ?? null,
    bytes: manifest === undefined ? null : bytesOf(manifest),
    problem: problem ?? null,
  };
}
