/** Which nodes a job that was submitted still waits for, said once: a cluster takes a job before all of its nodes are. */
import type { Job } from "./job-file.ts";
import { localNodes } from "./local-nodes.ts";

const sayAfterMs = 2_000;
const namesMax = 8;

export class MissingNodes {
  private readonly expected: readonly string[];
  private readonly present: Set<string> = new Set();
  private readonly timer: NodeJS.Timeout;

  constructor(job: Pick<Job, "servers" | "workers">, say: (text: string) => void) {
    this.expected = localNodes(job);
    this.timer = setTimeout(() => say(this.text()), sayAfterMs);
    this.timer.unref();
  }

  node(node: string, isRegistered: boolean): void {
    if (isRegistered) this.present.add(node);
    else this.present.delete(node);
  }

  /** The job has begun, or nobody waits for it any more. */
  end(): void {
    clearTimeout(this.timer);
  }

  /** The cluster may be larger than the job file says: what it waits for is not known then. */
  private text(): string {
    const missing = this.expected.filter((node) => !this.present.has(node));
    if (missing.length === 0) return "waiting for more nodes than the job file names";
    const names = missing.slice(0, namesMax).join(", ");
    return `waiting for ${names}${missing.length > namesMax ? ` and ${missing.length - namesMax} more` : ""}`;
  }
}
