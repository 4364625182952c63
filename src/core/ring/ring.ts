/**
 * The ring with virtual servers (OSDI'14 section 4.3): pure functions from a membership to who holds which keys.
 * Each server stands on the ring at the hashes of (its name, i). A point begins an arc, and its server is the arc's
 * master; the arc's replicas are the next physical servers counter-clockwise.
 */
import { assert } from "../assert.ts";
import { isNodeId, type NodeId, nodeId, roleOf } from "../ids.ts";
import { type BlockSpec, keyBlockBegin, keyBlockOf } from "../keys/key-blocks.ts";
import { intersect, isEmpty, type KeyRange } from "../keys/key-range.ts";
import { hashText } from "../keys/mix.ts";
import { isCount, parseObject, parseObjectText } from "../registry/json.ts";
import { isCheckpointName } from "../checkpoint/checkpoint-files.ts";
import type { LineageBegin, View, ViewSegment } from "./view.ts";

export interface RingPoint {
  /** In units of 2^-32 of the ring. */
  readonly position: number;
  readonly server: NodeId;
}

/** As much of a view as says where its segments are. */
interface Begins {
  readonly segments: readonly { readonly begin: number }[];
}

export interface RingOptions {
  /** Points of each server. */
  readonly virtualServers: number;
  /** Replicas of each segment beside its master, as far as there are servers. */
  readonly replicas: number;
}

/** Ascending. Where two points fall together the smaller name has the place. */
export function ringPoints(servers: readonly NodeId[], virtualServers: number): readonly RingPoint[] {
  assert(new Set(servers).size === servers.length, `each server is named once in ${servers.join(", ")}`);
  const points: RingPoint[] = [];
  for (const server of servers) {
    for (let i = 0; i < virtualServers; i++) points.push({ position: positionOf(server, i), server });
  }
  points.sort((a, b) => a.position - b.position || (a.server < b.server ? -1 : 1));
  return points.filter((point, i) => i === 0 || point.position !== points[i - 1].position);
}

/** The view that a membership asks for. The arc across zero is split there, in two segments with the same holders. */
export function targetSegments(servers: readonly NodeId[], options: RingOptions): readonly ViewSegment[] {
  const points = ringPoints(servers, options.virtualServers);
  assert(points.length > 0, "a ring has a server with a point on it");
  const holderCount = Math.min(options.replicas, servers.length - 1) + 1;
  const segments = points.map(
    (point, i): ViewSegment => ({
      begin: point.position,
      holders: distinctServers(points, i, holderCount),
      since: 1,
      filling: [],
    }),
  );
  if (segments[0].begin === 0) return segments;
  return [{ ...segments[segments.length - 1], begin: 0 }, ...segments];
}

/** The keys of a segment, rounded to whole key blocks: the ranges of a view tile the span, and some may be empty. */
export function segmentRange(spec: BlockSpec, view: Begins, index: number): KeyRange {
  return {
    begin: keyBlockBegin(spec, firstBlock(spec, view, index)),
    end: keyBlockBegin(spec, firstBlock(spec, view, index + 1)),
  };
}

/** Indices of the segments that have keys of the range, ascending. */
export function segmentsMeeting(spec: BlockSpec, view: Begins, range: KeyRange): readonly number[] {
  const inside = intersect(spec.span, range);
  if (inside === undefined) return [];
  const first = keyBlockOf(spec, inside.begin);
  const last = keyBlockOf(spec, inside.end - 1n);
  const hasEmptyBlocks = BigInt(spec.keyBlockCount) > spec.span.end - spec.span.begin;
  const meeting: number[] = [];
  let begin = 0;
  for (let index = 0; index < view.segments.length && begin <= last; index++) {
    const end = firstBlock(spec, view, index + 1);
    const meets = begin < end && first < end;
    if (meets && !(hasEmptyBlocks && isEmpty(segmentRange(spec, view, index)))) meeting.push(index);
    begin = end;
  }
  return meeting;
}

/** The index of the segment that begins exactly at `begin`. */
export function segmentIndex(view: View, begin: number): number | undefined {
  let from = 0;
  let to = view.segments.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (view.segments[middle].begin < begin) from = middle + 1;
    else to = middle;
  }
  return from < view.segments.length && view.segments[from].begin === begin ? from : undefined;
}

export function masterOf(view: View, index: number): NodeId {
  assert(0 <= index && index < view.segments.length, () => `segment ${index} is in the view`);
  return view.segments[index].holders[0];
}

/** Of views that nodes of one process share. */
const digests: WeakMap<View, number> = new WeakMap();

/** Equal views give equal digests. */
export function viewDigest(view: View): number {
  let digest = digests.get(view);
  if (digest === undefined) digests.set(view, (digest = digestOf(view)));
  return digest;
}

function digestOf(view: View): number {
  const segments = view.segments.map(
    ({ begin, since, holders, filling }) => `${begin}:${holders.join(",")}@${since}+${filling.join(",")}`,
  );
  const incarnations = Object.entries(view.incarnations).map(
    ([node, incarnation]) => `${node}#${incarnation}`,
  );
  const { number, lineage, begins } = view;
  const begun = begins === undefined ? `${lineage}` : `${lineage}:${begins.checkpoint}@${begins.view}`;
  return hashText(`${number}/${begun} ${incarnations.sort().join(" ")} ${segments.join(" ")}`)[0];
}

/** A view from JSON, as text or parsed; a string says why it is none. */
export function parseView(json: unknown): View | string {
  const view = typeof json === "string" ? parseObjectText(json, "view") : parseObject(json, "view");
  if (typeof view === "string") return view;
  const { number, lineage, segments } = view;
  if (!isCount(number)) return "view.number is a count";
  if (!isCount(lineage)) return "view.lineage is a count";
  if (!Array.isArray(segments) || segments.length === 0) return "view.segments is a list with a segment";
  const begins = view.begins === undefined ? undefined : parseBegin(view.begins, number);
  if (typeof begins === "string") return begins;
  const parsed: ViewSegment[] = [];
  for (const item of segments as readonly unknown[]) {
    const segment = parseSegment(item, `view.segments[${parsed.length}]`);
    if (typeof segment === "string") return segment;
    const ascends =
      parsed.length === 0 ? segment.begin === 0 : segment.begin > parsed[parsed.length - 1].begin;
    if (!ascends) return `view.segments[${parsed.length}].begin ${segment.begin}: they ascend from 0`;
    parsed.push(segment);
  }
  const incarnations = parseObject(view.incarnations, "view.incarnations");
  if (typeof incarnations === "string") return incarnations;
  for (const server of parsed.flatMap(({ holders, filling }) => [...holders, ...filling])) {
    const incarnation = Object.hasOwn(incarnations, server) ? incarnations[server] : undefined;
    if (!isCount(incarnation) || incarnation === 0)
      return `view.incarnations has a count from 1 for ${server}`;
  }
  const known = { number, lineage, incarnations: incarnations as View["incarnations"], segments: parsed };
  return begins === undefined ? known : { ...known, begins };
}

function parseBegin(json: unknown, number: number): LineageBegin | string {
  const begins = parseObject(json, "view.begins");
  if (typeof begins === "string") return begins;
  const { view, checkpoint } = begins;
  if (!isCount(view) || view > number) return `view.begins.view is a count up to the view's number ${number}`;
  if (typeof checkpoint !== "string" || !isCheckpointName(checkpoint))
    return "view.begins.checkpoint is the name of a checkpoint";
  return { view, checkpoint };
}

function parseSegment(json: unknown, name: string): ViewSegment | string {
  const segment = parseObject(json, name);
  if (typeof segment === "string") return segment;
  const { begin, holders, since, filling } = segment;
  if (!isCount(begin) || begin >= 2 ** 32) return `${name}.begin is an integer in [0, 2^32)`;
  if (!isServerList(holders) || holders.length === 0) return `${name}.holders is a list with a server`;
  if (!isCount(since)) return `${name}.since is a count`;
  if (!isServerList(filling)) return `${name}.filling is a list of servers`;
  if (new Set([...holders, ...filling]).size < holders.length + filling.length) {
    return `${name} names each server once`;
  }
  return { begin, holders: holders.map(nodeId), since, filling: filling.map(nodeId) };
}

function isServerList(json: unknown): json is readonly NodeId[] {
  return (
    Array.isArray(json) &&
    json.every((item) => typeof item === "string" && isNodeId(item) && roleOf(item) === "server")
  );
}

/** The salt was picked, among many as good, for an even ring at two to eight servers with four points each. */
function positionOf(server: NodeId, i: number): number {
  return hashText(`5694:${server}/${i}`)[0];
}

/** The server of point `from`, then the next distinct ones counter-clockwise, around the ring's end if need be. */
function distinctServers(points: readonly RingPoint[], from: number, count: number): readonly NodeId[] {
  const found: NodeId[] = [];
  for (let step = 0; step < points.length && found.length < count; step++) {
    const { server } = points[(from - step + points.length) % points.length];
    if (!found.includes(server)) found.push(server);
  }
  return found;
}

function firstBlock(spec: BlockSpec, view: Begins, index: number): number {
  if (index === view.segments.length) return spec.keyBlockCount;
  assert(0 <= index && index < view.segments.length, () => `segment ${index} is in the view`);
  return Math.round((view.segments[index].begin * spec.keyBlockCount) / 2 ** 32);
}
