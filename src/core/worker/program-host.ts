/**
 * Where the programs of a worker's slots run: on the event loop, in a worker thread, or in the simulator. It is driven
 * by `compute` effects and answers with steps, so where it lives changes nothing.
 */
import type { SlotProgram } from "../application.ts";
import type { Slot, TaskTime } from "../ids.ts";
import type { TaskResult } from "../tasks/task.ts";
import type { Program, ProgramInput, ProgramReply, ProgramRequest, ProgramStep } from "./program.ts";

interface HeldSlot {
  readonly program: SlotProgram;
  readonly tasks: Map<TaskTime, Program>;
}

export class ProgramHost {
  private readonly slots: Map<Slot, HeldSlot> = new Map();

  /** The slot's share is loaded and its program made; a program held before is dropped with its tasks. */
  addSlot(slot: Slot, program: SlotProgram): void {
    this.slots.set(slot, { program, tasks: new Map() });
  }

  removeSlot(slot: Slot): void {
    this.slots.delete(slot);
  }

  /** Begins a task or goes on with it until its next request. An error of the program is its answer. */
  resume(slot: Slot, time: TaskTime, input: ProgramInput): ProgramStep {
    const held = this.slots.get(slot);
    if (held === undefined) return { type: "failed", reason: `slot ${slot} holds no program here` };
    try {
      return advance(held, time, input);
    } catch (error) {
      held.tasks.delete(time);
      return { type: "failed", reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /** A digest of every slot's state, in slot order. */
  digest(): number {
    let digest = 0;
    for (const slot of [...this.slots.keys()].sort((a, b) => a - b)) {
      const held = this.slots.get(slot) as HeldSlot;
      digest = (Math.imul(digest, 0x01000193) ^ held.program.digest() ^ slot) >>> 0;
    }
    return digest;
  }
}

function advance(held: HeldSlot, time: TaskTime, input: ProgramInput): ProgramStep {
  const next = input.type === "begin" ? begin(held, time, input) : proceed(held, time, input.reply);
  const work = held.program.takeWork();
  if (next.done !== true) return { type: "requested", request: next.value, work };
  held.tasks.delete(time);
  return { type: "returned", result: next.value, work };
}

function begin(
  held: HeldSlot,
  time: TaskTime,
  input: Extract<ProgramInput, { type: "begin" }>,
): IteratorResult<ProgramRequest, TaskResult> {
  const program = held.program.run(input.task);
  held.tasks.set(time, program);
  // A generator's first `next` takes no reply.
  return (program as Iterator<ProgramRequest, TaskResult, ProgramReply | undefined>).next(undefined);
}

function proceed(
  held: HeldSlot,
  time: TaskTime,
  reply: ProgramReply,
): IteratorResult<ProgramRequest, TaskResult> {
  const program = held.tasks.get(time);
  if (program === undefined) throw new Error(`task ${time} was not begun here`);
  return program.next(reply);
}
