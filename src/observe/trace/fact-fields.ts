/** Every type that a fact may have, and its fields: what a trace is held to, and what a scenario may ask of a fact. */
import type { NodeId, Observation } from "../../core/index.ts";

type Word<T> = [T] extends [number]
  ? "number"
  : [T] extends [NodeId]
    ? "node"
    : [T] extends [string]
      ? "text"
      : "true or false";

/** A word for a plain value, one for all elements of a list, and each field by its name; `*` is any name. */
type Shape<T> = [NonNullable<T>] extends [number | string | boolean]
  ? Word<NonNullable<T>>
  : NonNullable<T> extends readonly (infer Element)[]
    ? readonly [Shape<Element>]
    : Fields<NonNullable<T>>;

/** Those of all branches of a union. */
type Fields<T> = { readonly [Name in Names<T>]: Shape<At<T, Name>> };
type Names<T> = T extends unknown ? keyof T : never;
type At<T, Name> = T extends unknown ? (Name extends keyof T ? T[Name] : never) : never;

/** What the types of facts have here, as data: the compiler holds the two to each other. */
export type FactFields = {
  readonly [Type in Observation["type"]]: Fields<Omit<Extract<Observation, { readonly type: Type }>, "type">>;
};

const push = { parameter: "number", slot: "number", time: "number", op: "number" } as const;
const token = { lineage: "number", view: "number", index: "number" } as const;
const place = { parameter: "number", segment: "number", token } as const;
const pull = { parameter: "number", slot: "number", time: "number", op: "number" } as const;
const after = { below: "number", tasks: ["number"] } as const;
const provenance = { keys: ["text"], rows: [["number"]] } as const;
const peer = { peer: "node" } as const;
const ends = { from: ["text"], to: ["text"] } as const;
const edge = {
  kind: "text",
  time: "number",
  unfinishedSlots: ["number"],
  server: "node",
  segment: "number",
  op: "number",
  missingSlots: ["number"],
  missing: ["node"],
  view: "number",
  holders: ["node"],
  key: "text",
} as const;

export const factFields: FactFields = {
  "node-started": { incarnation: "number" },
  "node-stopped": { reason: "text" },
  "view-adopted": { view: "number", lineage: "number", digest: "number" },
  "leader-elected": { role: "text", term: "number" },
  "view-published": {
    term: "number",
    view: {
      number: "number",
      lineage: "number",
      begins: { view: "number", checkpoint: "text" },
      incarnations: { "*": "number" },
      segments: [{ begin: "number", holders: ["node"], since: "number", filling: ["node"] }],
    },
  },
  "node-evicted": { term: "number", peer: "node", incarnation: "number", reason: "text" },
  "node-suspected": { peer: "node", silentMs: "number" },
  "job-submitted": {
    name: "text",
    slotCount: "number",
    tau: "number",
    reference: "number",
    pullFilters: ["text"],
    parameters: [
      {
        name: "text",
        update: "text",
        isProvenance: "true or false",
        begin: "text",
        end: "text",
        keyBlockCount: "number",
      },
    ],
  },
  "slot-assigned": {
    slot: "number",
    worker: "node",
    incarnation: "number",
    epoch: "number",
    term: "number",
  },
  "slot-dropped": { slot: "number", first: "number" },
  "task-issued": { time: "number", name: "text", slots: ["number"], tau: "number", after },
  "task-started": { slot: "number", time: "number", name: "text", after, frontierFloor: "number" },
  "task-finished": { slot: "number", time: "number", busyMicros: "number" },
  "slot-blocked": { slot: "number", edge },
  "slot-waited": { slot: "number", waitMicros: "number", edge },
  "frontier-rose": { floor: "number" },
  "push-invoked": { push, segments: ["number"], provenance },
  "push-finished": { push },
  "push-refused": { push, segment: "number", reason: "text" },
  "part-received": { push, segment: "number", isDuplicate: "true or false" },
  applied: { ...place, time: "number", op: "number", slots: ["number"], digest: "number" },
  "entry-stored": { ...place, digest: "number", isSnapshot: "true or false" },
  "segment-sealed": { ...place, view: "number", digest: "number" },
  "holder-filled": { segment: "number", view: "number", peer: "node" },
  "segment-dropped": { ...place, view: "number" },
  committed: place,
  "read-answered": { ...place, slot: "number", time: "number", op: "number", committedIndex: "number" },
  "pull-invoked": { ...pull, asOf: "number" },
  "part-pulled": { ...place, slot: "number", time: "number", op: "number", provenance },
  "pull-finished": pull,
  "leave-requested": { reason: "text", drains: "true or false" },
  "buffers-measured": { buffers: [{ option: "text", size: "number", max: "number" }] },
  "keys-missed": { peer: "node", segment: "number" },
  "frame-dropped": { reason: "text" },
  "frame-resent": { to: "node", sequence: "number" },
  "filters-saved": { unfilteredBytes: "number", sentBytes: "number", savedBytes: ["number"] },
  "part-saved": { checkpoint: "text", ...place, first: "number", isShared: "true or false" },
  "part-restored": {
    checkpoint: "text",
    parameter: "number",
    segment: "number",
    view: "number",
    first: "number",
    rows: "number",
  },
  "checkpoint-saved": {
    checkpoint: "text",
    first: "number",
    parts: "number",
    bytes: "number",
    pauseMicros: "number",
  },
  "checkpoint-failed": { checkpoint: "text", reason: "text" },
  "job-resumed": { checkpoint: "text", lineage: "number", first: "number" },
  "checkpoint-passed-over": { checkpoint: "text", reason: "text" },
  "job-rolled-back": {
    term: "number",
    checkpoint: "text",
    lineage: "number",
    view: "number",
    segment: "number",
    reason: "text",
    first: "number",
    reached: "number",
  },
  "progress-reported": {
    progress: {
      pass: "number",
      elapsedMicros: "number",
      objective: "number",
      nonzeros: "number",
      sentBytes: "number",
      filteredShare: "number",
    },
  },
  "model-saved": { sha: "text" },
  "job-ended": { endedBy: "text", objective: "number" },
  "job-failed": { reason: "text" },
  "traffic-counted": {
    sentBytes: "number",
    receivedBytes: "number",
    unfilteredBytes: "number",
    savedBytes: ["number"],
    holdings: [{ segment: "number", keys: "number", bytes: "number" }],
  },
  "node-crashed": peer,
  "node-launched": { peer: "node", life: "number" },
  "node-paused": peer,
  "node-resumed": peer,
  "node-asked-to-leave": { peer: "node", killAt: "number" },
  "node-decommissioned": peer,
  "node-slowed": { peer: "node", factor: "number" },
  "clock-changed": peer,
  "link-cut": ends,
  "link-healed": ends,
  "heartbeat-arrived": {
    peer: "node",
    incarnation: "number",
    manager: "node",
    managerIncarnation: "number",
  },
  "record-written": { key: "text", by: "node", term: "number" },
  "link-changed": ends,
  "link-restored": ends,
  "bandwidth-changed": peer,
  "disk-troubled": { peer: "node", what: "text" },
  "disk-well": peer,
  "memory-capped": { peer: "node", bytesMax: "number" },
  "memory-uncapped": peer,
  "node-out-of-memory": { peer: "node", usedBytes: "number", bytesMax: "number" },
  "all-healed": {},
  "core-chosen": { nodes: ["node"], withinMs: "number" },
  "client-gone": {},
  "job-submitted-again": {},
};

/** A fact's fields as whoever asks for them sees them, whatever the fact. */
export type FieldShape = string | readonly [FieldShape] | { readonly [name: string]: FieldShape };

/** What stands at `push.slot`, or at `slots.0`; undefined: nothing ever does. */
export function shapeAt(type: Observation["type"], path: string): FieldShape | undefined {
  let shape: FieldShape | undefined = factFields[type];
  for (const name of path.split(".")) {
    if (shape === undefined || typeof shape === "string") return undefined;
    if (isList(shape)) shape = /^(0|[1-9][0-9]*)$/.test(name) ? shape[0] : undefined;
    else shape = Object.hasOwn(shape, name) ? shape[name] : shape["*"];
  }
  return shape;
}

/** Each plain value of a fact by its path, of a list its first element. */
export function fieldPaths(type: Observation["type"]): readonly string[] {
  return pathsIn(factFields[type]);
}

/** The paths below a shape, none where it is a plain value. */
export function pathsIn(shape: FieldShape): readonly string[] {
  if (typeof shape === "string") return [];
  const parts = isList(shape) ? [["0", shape[0]] as const] : Object.entries(shape);
  return parts.flatMap(([name, inner]) =>
    typeof inner === "string" ? [name] : pathsIn(inner).map((rest) => `${name}.${rest}`),
  );
}

function isList(shape: Exclude<FieldShape, string>): shape is readonly [FieldShape] {
  return Array.isArray(shape);
}
