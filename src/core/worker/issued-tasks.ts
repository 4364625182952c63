/** Which record each task was made from: of a task that was made twice, from two records, the second is refused. */
import type { TaskTime } from "../ids.ts";
import type { TaskSpec } from "../tasks/task.ts";

export class IssuedTasks {
  private readonly hashes: Map<TaskTime, string> = new Map();

  /** `conflicting`: it was made from another record before. */
  add({ time, recordHash }: TaskSpec): "new" | "repeated" | "conflicting" {
    const known = this.hashes.get(time);
    if (known !== undefined) return known === recordHash ? "repeated" : "conflicting";
    this.hashes.set(time, recordHash);
    return "new";
  }

  /** Tasks below have finished everywhere: a repeat of one changes nothing. */
  forgetBelow(floor: TaskTime): void {
    for (const time of this.hashes.keys()) if (time < floor) this.hashes.delete(time);
  }
}
