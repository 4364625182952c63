/** The checkpoint that the job goes on from, as its scheduler sees it; most jobs begin with nothing. */
import { originOf } from "../checkpoint/origin-of.ts";
import type { Manifest } from "../checkpoint/manifest.ts";
import { readManifest } from "../checkpoint/read-manifest.ts";
import { taskTime } from "../ids.ts";
import type { JobSpec } from "../job.ts";
import type { View } from "../ring/view.ts";
import type { Shell } from "../shell.ts";
import type { Inheritance } from "./inheritance.ts";

export class Origin {
  private readonly shell: Shell;
  private readonly read: (manifest: Manifest) => void;
  private manifest: Manifest | "reading" | undefined;

  constructor(shell: Shell, read: (manifest: Manifest) => void) {
    this.shell = shell;
    this.read = read;
  }

  /** False: it is being read, and `read` will be called. */
  isKnown(job: JobSpec, view: View): boolean {
    const checkpoint = originOf(job, view);
    if (checkpoint === undefined) return true;
    if (this.manifest !== undefined) return this.manifest !== "reading";
    this.manifest = "reading";
    readManifest(this.shell, checkpoint, (manifest) => {
      this.manifest = manifest;
      this.read(manifest);
    });
    return false;
  }

  /** The pass that the job goes on with, and what it had told by then; nothing where it begins with nothing. */
  resume(): Pick<Inheritance, "pass" | "progress"> {
    const { manifest } = this;
    if (manifest === undefined || manifest === "reading") return { pass: undefined, progress: [] };
    const { name: checkpoint, pass, progress } = manifest;
    const lineage = this.shell.view?.lineage ?? 0;
    this.shell.observe({ type: "job-resumed", checkpoint, lineage, first: taskTime(pass.first) });
    return { pass, progress };
  }
}
