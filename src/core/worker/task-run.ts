/** One task of one slot, from its start to its end. */
import type { Micros, Slot } from "../ids.ts";
import type { TaskSpec, TaskWrite } from "../tasks/task.ts";
import type { ProgramInput } from "./program.ts";

export interface TaskRun {
  readonly slot: Slot;
  /** Of the slot's assignment: servers refuse an older one. */
  readonly epoch: number;
  readonly task: TaskSpec;
  /** When it began what it does now: to compute, to wait for its turn, or for servers. */
  since: Micros;
  busyMicros: number;
  /** What the program goes on with; undefined while it computes or waits for servers. */
  input: ProgramInput | undefined;
  /** Where each op yielded so far writes; its length is the next op. Calls that only read write nowhere. */
  readonly writesOf: (readonly TaskWrite[])[];
  /** The number of the next pull: they are numbered apart from ops. */
  pullCount: number;
}

/** A task as people name it. */
export function taskName({ slot, task }: Pick<TaskRun, "slot" | "task">): string {
  return `task ${task.time} (${task.name}) at slot ${slot}`;
}
