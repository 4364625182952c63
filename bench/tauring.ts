/** Runs the command line as anyone would. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the project. */
export const root: string = fileURLToPath(new URL("../..", import.meta.url));

/** What `tauring train --json` prints (docs/train-json.md), as far as benches read it. */
export interface Trained {
  readonly objective: number;
  readonly relative_gap: number | null;
  readonly ended_by: string;
  readonly passes: number;
  readonly tasks: number;
  readonly seconds: { readonly load: number; readonly train: number };
  readonly eta: number | null;
  readonly workers: readonly { readonly idle_fraction: number }[];
  readonly traffic: {
    readonly sent_bytes: number;
    readonly unfiltered_bytes: number;
    readonly by_filter: Readonly<Record<string, number>>;
  };
  readonly test: { readonly accuracy: number } | null;
  readonly history: readonly {
    readonly pass: number;
    readonly objective: number;
    readonly seconds: number;
    readonly sent_bytes: number;
  }[];
}

/** The command's output; its last words where it fails. */
export function tauring(args: readonly string[]): Promise<string> {
  const maxBuffer = 1 << 28;
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      [join(root, "bin/tauring.js"), ...args],
      { maxBuffer },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else
          reject(new Error(`tauring ${args.join(" ")}: ${stderr.trim().split("\n").slice(-3).join("; ")}`));
      },
    );
  });
}

export async function trainJob(jobPath: string, args: readonly string[]): Promise<Trained> {
  return JSON.parse(await tauring(["train", jobPath, "--json", ...args])) as Trained;
}
