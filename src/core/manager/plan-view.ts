/**
 * From a view and the servers that live to the next view (docs/protocol.md 3, 6 and 7): pure, so that any manager comes
 * to the same. Segments keep the ends that the first view gave them, and go from server to server whole. A server
 * that is to hold a segment is filled first; it is full, and may be master, in a later view. Nothing is taken from
 * whoever holds it before enough others are full.
 */
import type { NodeId } from "../ids.ts";
import type { View, ViewSegment } from "../ring/view.ts";

export interface Servers {
  /** Those that live, with their incarnations. */
  readonly live: ReadonlyMap<NodeId, number>;
  /** Those among them that are to hold nothing any more. */
  readonly leaving: ReadonlySet<NodeId>;
  /** By where a segment begins: those that were being filled in this very view and have everything. */
  readonly filled: ReadonlyMap<number, ReadonlySet<NodeId>>;
}

/** Before there is a job segments are empty: whoever is to be filled with one has all of it. */
export function filledWhileEmpty({ segments }: View): Servers["filled"] {
  return new Map(segments.map(({ begin, filling }) => [begin, new Set(filling)]));
}

export interface PlannedView {
  /** Undefined: nothing changes. */
  readonly view: View | undefined;
  /** Segments none of whose full holders lives, with those holders. */
  readonly lost: readonly ViewSegment[];
}

export function planView(view: View, servers: Servers, replicas: number): PlannedView {
  const { live } = servers;
  const eligible = stayingOf(servers);
  const isAlive = (server: NodeId): boolean => live.get(server) === view.incarnations[server];
  const present = view.segments.map((segment) => livePart(segment, servers, isAlive));
  const wanted = targets(present, eligible, replicas);
  const number = view.number + 1;
  const lost: ViewSegment[] = [];
  const segments = view.segments.map((segment, i) => {
    const now = present[i];
    if (now.holders.length > 0) return nextSegment(segment, now, { target: wanted[i], number, isAlive });
    lost.push(segment);
    return segment;
  });
  const incarnations = incarnationsOf(segments, view, live);
  // One that is being filled may have been restarted: it is named as before, and has nothing.
  const isSameLives = Object.keys(incarnations).every(
    (server) => incarnations[server] === view.incarnations[server],
  );
  if (isSameLives && segments.every((segment, i) => isSame(segment, view.segments[i]))) {
    return { view: undefined, lost };
  }
  return { view: { ...view, number, incarnations, segments }, lost };
}

/**
 * The view that begins another lineage, all of whose holders are full: each reads what it holds from the checkpoint. Who has a
 * segment keeps it. Undefined: no server lives.
 */
export function planRollback(
  view: View,
  servers: Servers,
  replicas: number,
  checkpoint: string,
): View | undefined {
  const { live } = servers;
  const staying = stayingOf(servers);
  const eligible = staying.length > 0 ? staying : [...live.keys()].sort();
  if (eligible.length === 0) return undefined;
  const isAlive = (server: NodeId): boolean => live.get(server) === view.incarnations[server];
  const load = new Map<NodeId, number>(eligible.map((server) => [server, 0]));
  const kept = view.segments.map((segment) => {
    const { holders, filling } = livePart(segment, servers, isAlive);
    const all = [...holders, ...filling].filter((server) => load.has(server));
    if (all.length > 0) load.set(all[0], (load.get(all[0]) ?? 0) + 1);
    return all;
  });
  const present = kept.map((holders): Present => {
    if (holders.length > 0) return { holders, filling: [] };
    const lightest = pick(eligible, (a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0)) as NodeId;
    load.set(lightest, (load.get(lightest) ?? 0) + 1);
    return { holders: [lightest], filling: [] };
  });
  const begun = 1 + view.number;
  const segments = targets(present, eligible, replicas).map((holders, i): ViewSegment => {
    return { begin: view.segments[i].begin, holders, since: begun, filling: [] };
  });
  const incarnations = incarnationsOf(segments, view, live);
  return {
    number: begun,
    lineage: view.lineage + 1,
    begins: { view: begun, checkpoint },
    incarnations,
    segments,
  };
}

function stayingOf({ live, leaving }: Servers): readonly NodeId[] {
  return [...live.keys()].filter((server) => !leaving.has(server)).sort();
}

interface Present {
  /** Full holders that live, in chain order. */
  readonly holders: readonly NodeId[];
  readonly filling: readonly NodeId[];
}

/** Those filled under this view's master are full; what another master said of them counts no more. */
function livePart(
  { begin, holders, filling }: ViewSegment,
  { filled }: Servers,
  isAlive: (server: NodeId) => boolean,
): Present {
  const full = holders.filter(isAlive);
  const isMasterAlive = full[0] === holders[0];
  const promoted = isMasterAlive
    ? filling.filter((server) => isAlive(server) && filled.get(begin)?.has(server))
    : [];
  return {
    holders: full.length === 0 ? full : [...full, ...promoted],
    filling: filling.filter((server) => isAlive(server) && !promoted.includes(server)),
  };
}

function nextSegment(
  before: ViewSegment,
  present: Present,
  {
    target,
    number,
    isAlive,
  }: {
    readonly target: readonly NodeId[];
    readonly number: number;
    readonly isAlive: (server: NodeId) => boolean;
  },
): ViewSegment {
  const isReached = target.every((server) => present.holders.includes(server));
  const holders = isReached ? target : present.holders;
  const filling = isReached ? [] : fillingOf(present, target);
  const isSameMaster = holders[0] === before.holders[0] && isAlive(before.holders[0]);
  return { begin: before.begin, holders, since: isSameMaster ? before.since : number, filling };
}

/** Those under way first, in their order: each is fed by the one before it. */
function fillingOf({ holders, filling }: Present, target: readonly NodeId[]): readonly NodeId[] {
  const kept = filling.filter((server) => target.includes(server));
  return [...kept, ...target.filter((server) => !holders.includes(server) && !kept.includes(server))];
}

/** Who is to hold each segment, the master first. */
function targets(
  present: readonly Present[],
  eligible: readonly NodeId[],
  replicas: number,
): readonly (readonly NodeId[])[] {
  const masters = balancedMasters(present, eligible);
  const count = Math.min(replicas, eligible.length - 1) + 1;
  return present.map(({ holders, filling }, i) => {
    const master = masters[i];
    if (master === undefined) return holders;
    const target = [master];
    const take = (server: NodeId | undefined): void => {
      if (server === undefined || target.length >= count) return;
      if (eligible.includes(server) && !target.includes(server)) target.push(server);
    };
    for (const server of holders) take(server);
    for (const server of filling) take(server);
    // The masters of the segments before it on the ring, the ring's end included.
    for (let step = 1; step < present.length; step++)
      take(masters[(i - step + present.length) % present.length]);
    for (const server of eligible) take(server);
    return target;
  });
}

/** The first holder that stays; one with far fewer segments than others takes some over, and no more than it must. */
function balancedMasters(
  present: readonly Present[],
  eligible: readonly NodeId[],
): readonly (NodeId | undefined)[] {
  const load = new Map<NodeId, number>(eligible.map((server) => [server, 0]));
  const add = (server: NodeId, change: number): void =>
    void load.set(server, (load.get(server) ?? 0) + change);
  const lightest = (): NodeId | undefined =>
    pick(eligible, (a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0));
  const masters = present.map(({ holders, filling }): NodeId | undefined => {
    if (holders.length === 0) return undefined;
    const first = [...holders, ...filling].find((server) => load.has(server));
    if (first !== undefined) add(first, 1);
    return first;
  });
  masters.forEach((master, i) => {
    if (master !== undefined || present[i].holders.length === 0) return;
    masters[i] = lightest();
    if (masters[i] !== undefined) add(masters[i] as NodeId, 1);
  });
  const least = Math.floor(present.length / Math.max(1, eligible.length));
  for (;;) {
    const to = lightest();
    const from = pick(eligible, (a, b) => (load.get(b) ?? 0) - (load.get(a) ?? 0));
    if (to === undefined || from === undefined || (load.get(to) ?? 0) >= least) return masters;
    if ((load.get(from) ?? 0) <= least) return masters;
    // One that it holds or is being filled with costs the least.
    const own = masters.findIndex((m, i) => m === from && present[i].holders.includes(to));
    const under = masters.findIndex((m, i) => m === from && present[i].filling.includes(to));
    const any = masters.indexOf(from);
    masters[own >= 0 ? own : under >= 0 ? under : any] = to;
    add(from, -1);
    add(to, 1);
  }
}

/** The first of the least. */
function pick(servers: readonly NodeId[], compare: (a: NodeId, b: NodeId) => number): NodeId | undefined {
  let best: NodeId | undefined = servers[0];
  for (const server of servers) if (compare(server, best as NodeId) < 0) best = server;
  return best;
}

/** A segment that is lost keeps the incarnations that it was lost with. */
function incarnationsOf(
  segments: readonly ViewSegment[],
  view: View,
  live: ReadonlyMap<NodeId, number>,
): Record<string, number> {
  const incarnations: Record<string, number> = {};
  for (const { holders, filling } of segments) {
    for (const server of [...holders, ...filling]) {
      incarnations[server] = live.get(server) ?? view.incarnations[server];
    }
  }
  return incarnations;
}

function isSame(a: ViewSegment, b: ViewSegment): boolean {
  return areEqual(a.holders, b.holders) && areEqual(a.filling, b.filling) && a.since === b.since;
}

function areEqual(a: readonly NodeId[], b: readonly NodeId[]): boolean {
  return a.length === b.length && a.every((server, i) => server === b[i]);
}
