/** One fact into the part of the node that said it. Nothing here grows without bound, whatever the facts. */
import type { Observation } from "../../core/index.ts";
import { eventOf, severityOf } from "./event-line.ts";
import { microsPerSecond, type NodePart } from "./node-part.ts";
import { reduceManager } from "./reduce-manager.ts";
import { reduceScheduler } from "./reduce-scheduler.ts";
import { reduceServer } from "./reduce-server.ts";
import { reduceWorker } from "./reduce-worker.ts";
import { reduceWorld } from "./reduce-world.ts";

/** A screen shows as many of the whole cluster: so many of each node are enough. */
export const eventsKept = 200;
export const secondsKept = 120;
const suspicionsKept = 64;
const ledKept = 8;

export function reduceFact(part: NodePart, at: number, fact: Observation): void {
  if (at > part.at) part.at = at;
  switch (fact.type) {
    case "part-received":
    case "read-answered":
    case "applied":
    case "segment-sealed":
    case "segment-dropped":
      reduceServer(part, at, fact);
      break;
    case "task-started":
    case "task-finished":
    case "slot-blocked":
    case "slot-waited":
      reduceWorker(part, at, fact);
      break;
    case "job-submitted":
    case "slot-assigned":
    case "task-issued":
    case "frontier-rose":
    case "progress-reported":
    case "job-resumed":
    case "job-ended":
    case "job-failed":
      reduceScheduler(part, at, fact);
      break;
    case "part-restored":
      // It begins with the checkpoint: clocks go back to where that was taken.
      part.clocks = [];
      break;
    case "view-published":
    case "node-evicted":
      reduceManager(part, at, fact);
      break;
    case "node-started":
      restart(part, at, fact.incarnation);
      break;
    case "node-stopped":
      part.stopped = { at, reason: fact.reason ?? null };
      break;
    case "view-adopted":
      part.view = fact.view;
      break;
    case "leader-elected":
      if (fact.role === "manager" || fact.role === "scheduler") {
        part.led = [...part.led, { role: fact.role, term: fact.term, at } as const].slice(-ledKept);
      }
      break;
    case "node-suspected": {
      const { peer, silentMs } = fact;
      const others = part.suspicions.filter((suspicion) => suspicion.peer !== peer);
      part.suspicions = [...others, { peer, at, silentMs }].slice(-suspicionsKept);
      break;
    }
    case "frame-resent":
      part.resent++;
      return;
    case "frame-dropped":
      part.dropped++;
      return;
    case "traffic-counted":
      count(part, at, fact);
      return;
    default:
      reduceWorld(part, at, fact);
  }
  if (severityOf(fact) !== undefined) keepEvent(part, at, fact);
}

/** Another life: what the one before held is void. */
function restart(part: NodePart, at: number, incarnation: number): void {
  part.startedAt = at;
  part.incarnation = incarnation;
  part.stopped = null;
  part.counted = null;
  part.countedBefore = null;
  part.slots = [];
  part.segments = [];
  part.holdings = [];
  part.clocks = [];
}

function count(part: NodePart, at: number, fact: Extract<Observation, { type: "traffic-counted" }>): void {
  const { sentBytes, receivedBytes, unfilteredBytes, savedBytes, holdings } = fact;
  const sentBefore = part.counted?.sentBytes ?? 0;
  part.countedBefore = part.counted;
  part.counted = { at, sentBytes, receivedBytes, unfilteredBytes, savedBytes };
  const second = Math.max(part.second, Math.floor(at / microsPerSecond));
  const { sentBySecond } = part;
  if (sentBySecond.length === 0) sentBySecond.push(0);
  else {
    const gone = Math.min(secondsKept, second - part.second);
    for (let i = 0; i < gone; i++) sentBySecond.push(0);
  }
  if (sentBySecond.length > secondsKept) sentBySecond.splice(0, sentBySecond.length - secondsKept);
  part.second = second;
  sentBySecond[sentBySecond.length - 1] += Math.max(0, sentBytes - sentBefore);
  part.holdings = holdings;
}

function keepEvent(part: NodePart, at: number, fact: Observation): void {
  const event = eventOf(at, part.node, fact);
  if (event === undefined) return;
  part.events.push(event);
  if (part.events.length > 2 * eventsKept) part.events.splice(0, part.events.length - eventsKept);
}
