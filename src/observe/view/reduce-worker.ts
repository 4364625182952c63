/** What a worker says of its slots: what each computes, and how long it computed and waited. */
import type { Observation } from "../../core/index.ts";
import type { NodePart, SlotPart } from "./node-part.ts";

type WorkerFact = Extract<
  Observation,
  { type: "task-started" | "task-finished" | "slot-blocked" | "slot-waited" }
>;

const slotsKept = 4096;
const runningKept = 1024;
/** Shares are those of so much time that was counted. */
const recentMicros = 2e6;

export function reduceWorker(part: NodePart, at: number, fact: WorkerFact): void {
  const slot = slotOf(part, fact.slot, at);
  switch (fact.type) {
    case "task-started":
      slot.taskTime = fact.time;
      slot.taskName = fact.name;
      slot.running = withTime(slot.running, fact.time);
      return become(slot, "computing", at);
    case "task-finished": {
      slot.running = slot.running.filter((time) => time !== fact.time);
      slot.finished++;
      slot.finishedMax = Math.max(slot.finishedMax, fact.time);
      slot.busyMicros += fact.busyMicros;
      slot.busyRecent += fact.busyMicros;
      forget(slot);
      return become(slot, slot.running.length > 0 ? "computing" : "idle", at);
    }
    case "slot-blocked":
      become(slot, "waiting", at);
      slot.edge = fact.edge;
      return;
    default:
      slot.waitMicros += fact.waitMicros;
      slot.waitRecent += fact.waitMicros;
      forget(slot);
      return become(slot, "computing", at);
  }
}

function slotOf(part: NodePart, slot: number, at: number): SlotPart {
  const { slots } = part;
  for (let i = 0; i < slots.length; i++) if (slots[i].slot === slot) return slots[i];
  const made: SlotPart = {
    slot,
    state: "idle",
    since: at,
    taskTime: -1,
    taskName: "",
    running: [],
    finished: 0,
    finishedMax: -1,
    busyMicros: 0,
    waitMicros: 0,
    busyRecent: 0,
    waitRecent: 0,
    edge: null,
  };
  if (slots.length >= slotsKept) slots.shift();
  slots.push(made);
  return made;
}

function become(slot: SlotPart, state: SlotPart["state"], at: number): void {
  if (slot.state !== state) slot.since = at;
  slot.state = state;
  if (state !== "waiting") slot.edge = null;
}

function withTime(running: readonly number[], time: number): readonly number[] {
  if (running.includes(time)) return running;
  const times = [...running, time].slice(-runningKept);
  return times.length === 1 ? times : times.sort((a, b) => a - b);
}

function forget(slot: SlotPart): void {
  const sum = slot.busyRecent + slot.waitRecent;
  if (sum <= recentMicros) return;
  slot.busyRecent *= recentMicros / sum;
  slot.waitRecent *= recentMicros / sum;
}
