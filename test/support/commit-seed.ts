/** Each commit searches elsewhere among the seeds, and searches there again when it is asked again. */
import { spawnSync } from "node:child_process";

/** Of the commit that is checked out; `pinned` where there is no git. */
export function commitSeed(pinned: number): number {
  const { status, stdout } = spawnSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" });
  const hash = /^[0-9a-f]{7}/.exec(stdout ?? "");
  return status === 0 && hash !== null ? Number.parseInt(hash[0], 16) : pinned;
}
