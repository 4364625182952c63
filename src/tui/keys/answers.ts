/** Answers to what people ask most, in one sentence each. */
import type { ClusterView, SlotView } from "../../observe/index.ts";
import { momentIn } from "../text/moments.ts";
import { duration, share } from "../text/units.ts";

export function lastFailover(view: ClusterView): string {
  const last = view.ring.failovers.at(-1);
  if (last === undefined) return "no failover so far";
  const { node, lostAt, suspectedAt, tookMicros, successors, taken, role } = last;
  const noticed =
    suspectedAt === null ? "not noticed yet" : `noticed after ${duration(suspectedAt - lostAt)}`;
  const what = role === "server" ? `${taken} segments` : role === "worker" ? `${taken} slots` : "its office";
  const by = successors.length === 0 ? "" : ` by ${successors.join(", ")}`;
  const over =
    tookMicros === null ? "not taken over yet" : `${what} taken over after ${duration(tookMicros)}${by}`;
  return `last failover: ${node} lost at ${momentIn(view, lostAt)}, ${noticed}, ${over}`;
}

/** Who is furthest behind; of several the one that computes most, as the others wait for it. */
export function slowest(view: ClusterView): string {
  const running = view.slots.filter(({ state }) => state !== "ended");
  if (running.length === 0)
    return view.slots.length === 0 ? "no job yet" : "the job has ended: nobody is slow now";
  const order = (a: SlotView, b: SlotView): number =>
    b.lag - a.lag || Number(a.waitsFor !== null) - Number(b.waitsFor !== null) || b.busyShare - a.busyShare;
  const slot = [...running].sort(order)[0];
  const name = slot.worker ?? `slot ${slot.slot} (no worker)`;
  const behind =
    slot.lag === 0 ? "no task behind" : `${slot.lag} ${slot.lag === 1 ? "task" : "tasks"} behind`;
  const node = view.nodes.find((candidate) => candidate.node === slot.worker);
  const slowness = node !== undefined && node.slowness > 1 ? `, slowed down ${node.slowness} times` : "";
  return `slowest: ${name}, ${behind}: ${doing(slot, view)}${slowness}`;
}

export function why(slot: SlotView, view: ClusterView): string {
  return `${slot.worker ?? `slot ${slot.slot}`}: ${doing(slot, view)}`;
}

function doing(slot: SlotView, view: ClusterView): string {
  const since = duration(Math.max(0, view.atMicros - (slot.waitsFor?.since ?? slot.since)));
  if (slot.waitsFor !== null) return `waits since ${since} for ${slot.waitsFor.text}`;
  const shares = `busy ${share(slot.busyShare)} of its time, waiting ${share(slot.waitShare)}`;
  return slot.state === "computing"
    ? `computes since ${since}; ${shares}`
    : `${slot.state} since ${since}; ${shares}`;
}
