/** Reads what a lineage begins with, and holds it to the job. What is wrong with it ends the job by name. */
import type { Shell } from "../shell.ts";
import { type Manifest, parseManifest, refuseJob } from "./manifest.ts";

export function readManifest(shell: Shell, checkpoint: string, read: (manifest: Manifest) => void): void {
  shell.checkpoints({ type: "read-manifest", checkpoint }, (answer) => {
    const manifest =
      answer.type === "read-manifest"
        ? parseManifest(answer.text)
        : "reason" in answer
          ? answer.reason
          : `it was answered by "${answer.type}"`;
    const { job } = shell;
    const refusal =
      typeof manifest === "string"
        ? manifest
        : job === undefined
          ? "there is no job"
          : refuseJob(manifest, job);
    if (typeof manifest === "object" && refusal === undefined) return read(manifest);
    shell.fail(`checkpoint ${checkpoint} cannot be restored: ${refusal}`);
  });
}
