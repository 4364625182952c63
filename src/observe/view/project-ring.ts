/** Who owns which part of the ring, what moves, and how long it took others to take over. */
import { type Holding, leftReason } from "../../core/index.ts";
import type { FailoverView, MoveView, RingView, SegmentView } from "./cluster-view.ts";
import { type KnownCluster, requestRate } from "./known-cluster.ts";
import type { Loss, NodePart } from "./node-part.ts";

const ringEnd = 2 ** 32;
const failoversShown = 16;
/** A node was last heard some time before it crashed, or after where what it sent was under way. */
const heartbeatSlackMicros = 1e6;

export function projectRing(known: KnownCluster): RingView {
  return { segments: segmentsOf(known), moves: movesOf(known), failovers: failoversOf(known) };
}

function segmentsOf(known: KnownCluster): readonly SegmentView[] {
  const { view, parts, atMaster, now } = known;
  if (view === null) return [];
  const rates = view.segments.map(({ begin }) => {
    const part = atMaster.get(begin);
    return part === undefined ? { pushes: 0, pulls: 0 } : requestRate(part, now);
  });
  const requests = rates.reduce((sum, { pushes, pulls }) => sum + pushes + pulls, 0);
  const holdings = view.segments.map(({ begin, holders }) => holdingOf(parts.get(holders[0]), begin));
  const keys = holdings.reduce((sum, holding) => sum + (holding?.keys ?? 0), 0);
  return view.segments.map(({ begin, holders, filling, since }, i) => {
    const part = atMaster.get(begin);
    const { pushes, pulls } = rates[i];
    const byKeys = keys === 0 ? 0 : (holdings[i]?.keys ?? 0) / keys;
    const seals = (part?.seals ?? []).filter((seal) => seal.view >= since);
    return {
      begin,
      end: view.segments[i + 1]?.begin ?? ringEnd,
      holders,
      filling,
      since,
      servesSince: seals.length === 0 ? null : seals[0].at,
      pushesPerSecond: pushes,
      pullsPerSecond: pulls,
      keys: holdings[i]?.keys ?? null,
      bytes: holdings[i]?.bytes ?? null,
      loadShare: requests > 0 ? (pushes + pulls) / requests : byKeys,
      appliedTime: part === undefined || part.appliedTime < 0 ? null : part.appliedTime,
    };
  });
}

function holdingOf(part: NodePart | undefined, segment: number): Holding | undefined {
  return part?.holdings.find((holding) => holding.segment === segment);
}

function movesOf({ published, view, parts }: KnownCluster): readonly MoveView[] {
  return (published?.moves ?? []).map(({ segment, to, at }) => {
    const from = view?.segments.find(({ begin }) => begin === segment)?.holders[0] ?? "";
    const there = holdingOf(parts.get(to), segment)?.keys;
    const whole = holdingOf(parts.get(from), segment)?.keys ?? 0;
    const doneShare = there === undefined || whole === 0 ? null : Math.min(1, there / whole);
    return { segment, from, to, since: at, doneShare };
  });
}

function failoversOf(known: KnownCluster): readonly FailoverView[] {
  // Who left because somebody asked it to has handed over first: nothing was lost.
  const losses = known.losses.filter(({ reason }) => reason !== leftReason);
  return [...losses.map((loss) => failoverOf(known, loss)), ...leaderFailovers(known)]
    .sort((a, b) => a.lostAt - b.lostAt)
    .slice(-failoversShown);
}

function failoverOf(known: KnownCluster, loss: Loss): FailoverView {
  const { peer, at, suspectedAt, silentMs } = loss;
  const role = peer.slice(0, peer.lastIndexOf("-")) as FailoverView["role"];
  const heardAt = suspectedAt === null ? at : suspectedAt - silentMs * 1000;
  const lostAt = crashBetween(known, peer, heardAt, at) ?? heardAt;
  const restored = role === "worker" ? slotsRestored(known, loss) : segmentsRestored(known, loss);
  return { role, node: peer, lostAt, suspectedAt, evictedAt: at, ...tookOver(restored, lostAt) };
}

interface Restored {
  /** Null: not all of it yet. */
  readonly at: number | null;
  readonly taken: number;
  readonly successors: readonly string[];
}

function tookOver(
  { at, taken, successors }: Restored,
  lostAt: number,
): Pick<FailoverView, "restoredAt" | "tookMicros" | "taken" | "successors"> {
  const tookMicros = at === null ? null : Math.max(0, at - lostAt);
  return { restoredAt: at, tookMicros, taken, successors: [...new Set(successors)] };
}

/** Each segment that it mastered serves again, in a view without it. */
function segmentsRestored({ parts, now }: KnownCluster, { view, needs, taken, at }: Loss): Restored {
  if (taken.length === 0) return { at, taken: 0, successors: [] };
  if (view === null) return { at: null, taken: taken.length, successors: [] };
  let latest: number | null = at;
  const successors: string[] = [];
  for (const segment of needs) {
    let first: { readonly at: number; readonly node: string } | undefined;
    for (const { node, segments } of parts.values()) {
      for (const seal of segments.find((one) => one.segment === segment)?.seals ?? []) {
        if (seal.view < view || seal.at > now) continue;
        if (first === undefined || seal.at < first.at) first = { at: seal.at, node };
      }
    }
    if (first === undefined) latest = null;
    else {
      successors.push(first.node);
      if (latest !== null) latest = Math.max(latest, first.at);
    }
  }
  return { at: latest, taken: taken.length, successors };
}

/** Each slot that it had has another worker. */
function slotsRestored({ slots }: KnownCluster, { peer, at }: Loss): Restored {
  const moved = slots.flatMap(({ assignment }) =>
    assignment !== null && assignment.before === peer && assignment.at >= at ? [assignment] : [],
  );
  const stillIts = slots.filter(({ assignment }) => assignment?.worker === peer && assignment.at < at).length;
  const latest = moved.reduce((max, one) => Math.max(max, one.at), at);
  return {
    at: stillIts > 0 ? null : latest,
    taken: moved.length + stillIts,
    successors: moved.map(({ worker }) => worker),
  };
}

/** A leader went and another leads: from when it was silent to the new term. */
function leaderFailovers(known: KnownCluster): readonly FailoverView[] {
  const parts = [...known.parts.values()];
  return (["manager", "scheduler"] as const).flatMap((role) => {
    const terms = parts
      .flatMap((part) => part.led.filter((led) => led.role === role).map((led) => ({ part, led })))
      .sort((a, b) => a.led.term - b.led.term);
    return terms.slice(1).flatMap(({ part, led }, i): FailoverView[] => {
      const before = terms[i];
      const { node } = before.part;
      if (node === part.node) return [];
      const suspicion = firstSuspicion(parts, node, before.led.at, led.at);
      const heardAt =
        suspicion === undefined ? stopBefore(before.part, led.at) : suspicion.at - suspicion.silentMs * 1000;
      const lostAt = crashBetween(known, node, heardAt ?? before.led.at, led.at) ?? heardAt;
      if (lostAt === undefined) return [];
      const restored = { at: led.at, taken: 1, successors: [part.node] };
      const suspectedAt = suspicion?.at ?? null;
      return [{ role, node, lostAt, suspectedAt, evictedAt: null, ...tookOver(restored, lostAt) }];
    });
  });
}

function firstSuspicion(
  parts: readonly NodePart[],
  peer: string,
  after: number,
  until: number,
): NodePart["suspicions"][number] | undefined {
  const all = parts.flatMap(({ suspicions }) =>
    suspicions.filter((one) => one.peer === peer && one.at > after && one.at <= until),
  );
  return all.length === 0 ? undefined : all.reduce((a, b) => (b.at < a.at ? b : a));
}

function stopBefore({ stopped }: NodePart, at: number): number | undefined {
  return stopped !== null && stopped.at <= at ? stopped.at : undefined;
}

/** When the world killed it, where it tells: the newest time after it was last heard. */
function crashBetween(
  { parts }: KnownCluster,
  node: string,
  after: number,
  until: number,
): number | undefined {
  const crashes = [...parts.values()].flatMap(({ peers }) =>
    peers.flatMap(({ peer, crashes: all }) => (peer === node ? all : [])),
  );
  const possible = crashes.filter((at) => at >= after - heartbeatSlackMicros && at <= until);
  return possible.length === 0 ? undefined : Math.max(...possible);
}
