/** Every node that was heard or spoken of, and how it is. */
import { leftReason } from "../../core/index.ts";
import type { NodeTraffic, NodeView } from "./cluster-view.ts";
import { type KnownCluster, requestRate } from "./known-cluster.ts";
import type { Loss, NodePart, PeerPart, Suspicion } from "./node-part.ts";

type State = Pick<NodeView, "state" | "stateSince" | "reason">;

const roleOrder = ["manager", "scheduler", "server", "worker"] as const;
const noClocks: readonly number[] = [];
/** A suspicion ends without a word where its node is heard again: after so long it counts no more. */
const suspicionMicros = 5e6;
/** A node that has counted nothing for so long has no rate. */
const countedMicros = 3e6;

interface Spoken {
  readonly suspicions: ReadonlyMap<string, Suspicion>;
  readonly losses: ReadonlyMap<string, Loss>;
  readonly peers: ReadonlyMap<string, PeerPart>;
  readonly held: ReadonlyMap<string, { mastered: number; replicated: number; filling: number }>;
}

export function projectNodes(known: KnownCluster): readonly NodeView[] {
  const spoken = spokenOf(known);
  const names = new Set([
    ...known.parts.keys(),
    ...spoken.suspicions.keys(),
    ...spoken.losses.keys(),
    ...spoken.peers.keys(),
    ...spoken.held.keys(),
    ...known.slots.flatMap(({ assignment }) => (assignment === null ? [] : [assignment.worker])),
  ]);
  return [...names]
    .flatMap((node) => {
      const role = roleOrder.find((one) => node.startsWith(`${one}-`));
      return role === undefined ? [] : [{ node, role, number: Number(node.slice(role.length + 1)) }];
    })
    .sort((a, b) => roleOrder.indexOf(a.role) - roleOrder.indexOf(b.role) || a.number - b.number)
    .map(({ node, role }) => nodeOf(known, spoken, node, role));
}

function nodeOf(known: KnownCluster, spoken: Spoken, node: string, role: NodeView["role"]): NodeView {
  const part = known.parts.get(node);
  const held = spoken.held.get(node);
  let pushesPerSecond = 0;
  let pullsPerSecond = 0;
  for (const segment of part?.segments ?? []) {
    const { pushes, pulls } = requestRate(segment, known.now);
    pushesPerSecond += pushes;
    pullsPerSecond += pulls;
  }
  return {
    node,
    role,
    incarnation: part?.incarnation ?? null,
    ...stateOf(known, spoken, node, part),
    slowness: spoken.peers.get(node)?.slowness ?? 1,
    heardAt: part?.at ?? null,
    view: part?.view ?? null,
    mastered: held?.mastered ?? 0,
    replicated: held?.replicated ?? 0,
    filling: held?.filling ?? 0,
    pushesPerSecond,
    pullsPerSecond,
    traffic: part === undefined ? null : trafficOf(part, known.now),
    framesResent: part?.resent ?? 0,
    framesDropped: part?.dropped ?? 0,
    clocks: part === undefined || part.clocks.length === 0 ? noClocks : part.clocks.slice(),
  };
}

/** The newest of what is said of it counts; what it says itself counts against what is older. */
function stateOf(known: KnownCluster, spoken: Spoken, node: string, part: NodePart | undefined): State {
  const peer = spoken.peers.get(node);
  const startedAt = part?.startedAt ?? null;
  const loss = spoken.losses.get(node);
  if (peer?.isDown === true) {
    return { state: "lost", stateSince: peer.crashes.at(-1) ?? 0, reason: "crashed" };
  }
  const stopped = part?.stopped ?? null;
  if (loss !== undefined && (part?.incarnation ?? 0) <= loss.incarnation) {
    const isGoing = loss.reason === leftReason || (stopped !== null && stopped.at <= loss.at);
    return { state: isGoing ? "stopped" : "lost", stateSince: loss.at, reason: loss.reason };
  }
  if (stopped !== null) {
    const state = stopped.reason?.startsWith("evicted") === true ? "lost" : "stopped";
    return { state, stateSince: stopped.at, reason: stopped.reason };
  }
  if (peer !== undefined && peer.pausedAt !== null) {
    return { state: "paused", stateSince: peer.pausedAt, reason: null };
  }
  const suspicion = spoken.suspicions.get(node);
  if (
    suspicion !== undefined &&
    suspicion.at > (startedAt ?? -1) &&
    known.now - suspicion.at < suspicionMicros
  ) {
    return { state: "suspected", stateSince: suspicion.at, reason: `silent for ${suspicion.silentMs} ms` };
  }
  if (startedAt !== null) return { state: "alive", stateSince: startedAt, reason: null };
  return { state: part === undefined ? "unknown" : "alive", stateSince: 0, reason: null };
}

export function trafficOf({ counted, countedBefore }: NodePart, now: number): NodeTraffic | null {
  if (counted === null) return null;
  const { at, sentBytes, receivedBytes } = counted;
  const seconds = (at - (countedBefore?.at ?? 0)) / 1e6;
  const isFresh = countedBefore !== null && seconds > 0 && now - at < countedMicros;
  return {
    sentBytes,
    receivedBytes,
    sentBytesPerSecond: isFresh ? (sentBytes - countedBefore.sentBytes) / seconds : 0,
    receivedBytesPerSecond: isFresh ? (receivedBytes - countedBefore.receivedBytes) / seconds : 0,
  };
}

function spokenOf({ parts, view, losses }: KnownCluster): Spoken {
  const suspicions = new Map<string, Suspicion>();
  const peers = new Map<string, PeerPart>();
  for (const part of parts.values()) {
    for (const suspicion of part.suspicions) {
      const known = suspicions.get(suspicion.peer);
      if (known === undefined || known.at < suspicion.at) suspicions.set(suspicion.peer, suspicion);
    }
    for (const peer of part.peers) peers.set(peer.peer, peer);
  }
  const held = new Map<string, { mastered: number; replicated: number; filling: number }>();
  const count = (node: string, how: "mastered" | "replicated" | "filling"): void => {
    const counts = held.get(node) ?? { mastered: 0, replicated: 0, filling: 0 };
    counts[how]++;
    held.set(node, counts);
  };
  for (const { holders, filling } of view?.segments ?? []) {
    holders.forEach((node, i) => count(node, i === 0 ? "mastered" : "replicated"));
    for (const node of filling) count(node, "filling");
  }
  return { suspicions, peers, held, losses: new Map(losses.map((loss) => [loss.peer, loss])) };
}
