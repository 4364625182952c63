/** What happens and why, in a sentence: for those who see a cluster for the first time. */
import type { ClusterView, FailoverView, NodeView, SlotView } from "../../observe/index.ts";
import { duration } from "../text/units.ts";

/** So long after it, what was done about a loss is still told: in a simulation that is played slowly. */
const slowToldMicros = 150_000;

export interface Telling {
  readonly toldMicros?: number;
  readonly hasMessages?: boolean;
}

export function story(view: ClusterView, telling: Telling = {}): string {
  const { toldMicros = slowToldMicros, hasMessages = true } = telling;
  const { header } = view;
  if (header.state === "failed") return `The job has failed: ${header.reason ?? "nobody said why"}.`;
  if (header.state === "ended") {
    const losses = view.ring.failovers.length;
    const survived = losses === 0 ? "" : ` through ${losses} ${losses === 1 ? "loss" : "losses"}`;
    return `The job has ended${survived}. Go back to any moment: < and > by event, g to the start; ? helps, q leaves.`;
  }
  const loss = view.ring.failovers.findLast((one) => isTold(one, view, toldMicros));
  if (loss !== undefined) return lossText(loss, view);
  const dead = view.nodes.find((node) => isUnnoticed(node, view));
  if (dead !== undefined) return unnoticedText(dead.node, view.atMicros - dead.stateSince);
  const paused = view.nodes.find(({ state }) => state === "paused");
  if (paused !== undefined) {
    const since = duration(Math.max(0, view.atMicros - paused.stateSince));
    return `${paused.node} stands still for ${since}, and does not know it: silent for too long, it counts as gone.`;
  }
  if (view.ring.moves.length > 0) {
    const { from, to } = view.ring.moves[0];
    return `${view.ring.moves.length} segments are on their way, first from ${from} to ${to}: masters serve until others have everything.`;
  }
  const slow = view.nodes.find(({ slowness }) => slowness > 1);
  if (slow !== undefined) return slowText(slow, view);
  if (header.state === "forming")
    return "Nodes start, and look for the manager: it is about to draw the ring.";
  if (header.state === "idle" || header.state === "loading")
    return "The manager has drawn the ring (1): each server has segments, with copies elsewhere.";
  const messages = hasMessages ? ", 7 the messages" : ", ? helps";
  return `Workers pull weights, compute, and push gradients. 2 says who waits for whom, 1 1 shows the ring${messages}.`;
}

function isTold({ restoredAt }: FailoverView, { atMicros }: ClusterView, toldMicros: number): boolean {
  return restoredAt === null || atMicros - restoredAt < toldMicros;
}

/** The world says that it died, and nobody in the cluster has. */
function isUnnoticed({ node, state, stateSince }: NodeView, { ring }: ClusterView): boolean {
  return (
    state === "lost" &&
    !ring.failovers.some(
      (loss) => loss.node === node && Math.max(loss.lostAt, loss.evictedAt ?? 0) >= stateSince,
    )
  );
}

function lossText(loss: FailoverView, view: ClusterView): string {
  const { node, role, suspectedAt, evictedAt, restoredAt, tookMicros, lostAt, taken } = loss;
  const what =
    role === "server" ? `${taken} segments` : role === "worker" ? "its part of the data" : "its office";
  if (restoredAt !== null && tookMicros !== null) {
    const heirs = loss.successors.slice(0, 3).join(", ");
    const copies =
      view.ring.moves.length > 0 ? " New copies are made, so that the next loss costs nothing either." : "";
    return `${heirs} took over ${what} of ${node}, ${duration(tookMicros)} after it was lost; nothing finished is lost.${copies}`;
  }
  if (evictedAt !== null) return `${node} counts as gone: others take over ${what}.`;
  if (suspectedAt !== null)
    return `${node} is silent for too long: the manager is about to go on without it.`;
  return unnoticedText(node, view.atMicros - lostAt);
}

function unnoticedText(node: string, micros: number): string {
  return `${node} died ${duration(Math.max(0, micros))} ago, and nobody knows it yet: who asks it for something waits (2).`;
}

function slowText({ node, slowness }: NodeView, view: ClusterView): string {
  const behind = view.slots.find(({ worker }) => worker === node);
  const waiting = view.slots.filter(
    (slot: SlotView) => behind !== undefined && slot.waitsFor?.slots.includes(behind.slot),
  );
  const bound = view.header.consistency;
  const ahead =
    bound?.kind === "bounded"
      ? `run at most ${bound.tau} tasks ahead of it, then wait`
      : bound?.kind === "eventual"
        ? "do not wait"
        : "wait for it";
  const now = waiting.length === 0 ? "" : ` ${waiting.length} wait now.`;
  return `${node} is ${slowness} times as slow: the others ${ahead} (2).${now}`;
}
