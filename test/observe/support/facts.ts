/** Facts without the branded types, as a trace file holds them, and runs of all checkers over lists of them. */
import { type View, viewDigest } from "../../../src/core/index.ts";
import {
  allCheckers,
  type CheckOptions,
  CheckRun,
  type Fact,
  type FactType,
} from "../../../src/observe/index.ts";

export interface Loose {
  readonly type: FactType;
  readonly [field: string]: unknown;
}

export interface Said {
  readonly node: string;
  readonly fact: Loose;
  /** Else they come 1 ms apart. */
  readonly at?: number;
}

export interface RunInput extends CheckOptions {
  readonly reference?: string;
  readonly isComplete?: boolean;
  readonly isSettled?: boolean;
}

/** Facts that are said by nobody in particular are server-0's; they come 1 ms apart. */
export function run(facts: readonly (Loose | Said)[], input: RunInput = {}): CheckRun {
  const { reference, isComplete = true, isSettled = false, ...options } = input;
  const checks = new CheckRun(allCheckers(reference, options));
  facts.forEach((fact, i) => {
    const said = "node" in fact ? (fact as Said) : { node: "server-0", fact };
    checks.observe({ at: 1000 * i, ...said } as unknown as Fact);
  });
  checks.finish(isComplete, isSettled);
  return checks;
}

export function said(node: string, fact: Loose): Said {
  return { node, fact };
}

export function saidAt(ms: number, node: string, fact: Loose): Said {
  return { at: 1000 * ms, node, fact };
}

/** Which checks found something, each once. */
export function fired(facts: readonly (Loose | Said)[], input?: RunInput): readonly string[] {
  return [...new Set(run(facts, input).violations.map(({ check }) => check))];
}

export const token = (index: number, view = 1): object => ({ lineage: 1, view, index });
export const push = (slot: number, time: number, op = 0): object => ({ parameter: 0, slot, time, op });

export const invoked = (
  slot: number,
  time: number,
  rows: readonly (readonly number[])[] = [[1, 5]],
): Loose => ({
  type: "push-invoked",
  push: push(slot, time),
  segments: [0],
  provenance: { keys: ["7"], rows },
});

export const pushed = (slot: number, time: number): Loose => ({
  type: "push-finished",
  push: push(slot, time),
});

export const refused = (slot: number, time: number, reason = "closed"): Loose => ({
  type: "push-refused",
  push: push(slot, time),
  segment: 0,
  reason,
});

export const received = (slot: number, time: number, isDuplicate: boolean): Loose => ({
  type: "part-received",
  push: push(slot, time),
  segment: 0,
  isDuplicate,
});

/** The digest of a state of the one segment, as every holder has it. */
const digestOf = (index: number, view: number): number => 100 * view + index;

interface State {
  readonly view?: number;
  readonly digest?: number;
}

export const applied = (
  slots: readonly number[],
  time: number,
  index: number,
  { view = 1, digest = digestOf(index, view) }: State = {},
): Loose => ({
  type: "applied",
  parameter: 0,
  segment: 0,
  token: token(index, view),
  time,
  op: 0,
  slots,
  digest,
});

export const stored = (
  index: number,
  {
    view = 1,
    digest = digestOf(index, view),
    isSnapshot = false,
  }: State & { readonly isSnapshot?: boolean } = {},
): Loose => ({
  type: "entry-stored",
  parameter: 0,
  segment: 0,
  token: token(index, view),
  digest,
  isSnapshot,
});

export const committed = (index: number, view = 1): Loose => ({
  type: "committed",
  parameter: 0,
  segment: 0,
  token: token(index, view),
});

/** The view is sealed at an entry that the view `of` made. */
export const sealed = (view: number, index: number, of = 1, digest = digestOf(index, of)): Loose => ({
  type: "segment-sealed",
  parameter: 0,
  segment: 0,
  view,
  token: token(index, of),
  digest,
});

export const answered = (
  slot: number,
  index: number,
  committedIndex: number,
  { view = 1, time = 0 }: { readonly view?: number; readonly time?: number } = {},
): Loose => ({
  type: "read-answered",
  parameter: 0,
  segment: 0,
  slot,
  time,
  op: 0,
  token: token(index, view),
  committedIndex,
});

export const pullInvoked = (slot: number, time: number, asOf: number | null = null): Loose => ({
  type: "pull-invoked",
  parameter: 0,
  slot,
  time,
  op: 0,
  asOf,
});

export const pulled = (
  slot: number,
  time: number,
  index: number,
  { row, view = 1 }: { readonly row: readonly number[]; readonly view?: number },
): Loose => ({
  type: "part-pulled",
  parameter: 0,
  segment: 0,
  slot,
  time,
  op: 0,
  token: token(index, view),
  provenance: { keys: ["7"], rows: [row] },
});

export const issued = (
  time: number,
  slots: readonly number[],
  below: number,
  { tau = time - below, tasks = [] }: { tau?: number | null; tasks?: readonly number[] } = {},
): Loose => ({ type: "task-issued", time, name: "t", slots, tau, after: { below, tasks } });

export const started = (slot: number, time: number): Loose => ({
  type: "task-started",
  slot,
  time,
  name: "t",
  after: { below: 0, tasks: [] },
  frontierFloor: 0,
});

export const taskFinished = (slot: number, time: number): Loose => ({
  type: "task-finished",
  slot,
  time,
  busyMicros: 1,
});

export const rose = (floor: number): Loose => ({ type: "frontier-rose", floor });
export const born = (incarnation = 1): Loose => ({ type: "node-started", incarnation });
export const elected = (role: string, term: number): Loose => ({ type: "leader-elected", role, term });
export const evicted = (peer: string, { term = 1, incarnation = 1 } = {}): Loose => ({
  type: "node-evicted",
  term,
  peer,
  incarnation,
  reason: "silent",
});
export const assigned = (slot: number, worker: string, epoch: number): Loose => ({
  type: "slot-assigned",
  slot,
  worker,
  incarnation: 1,
  epoch,
  term: 1,
});
export const filled = (view: number, peer: string): Loose => ({
  type: "holder-filled",
  segment: 0,
  view,
  peer,
});
export const modelSaved = (sha: string): Loose => ({ type: "model-saved", sha });
export const jobEnded: Loose = { type: "job-ended", endedBy: "tasks", objective: 0 };

/** One segment of everything, at these full holders. */
export function view(number: number, holders: readonly string[], filling: readonly string[] = []): View {
  const incarnations = Object.fromEntries([...holders, ...filling].map((server) => [server, 1]));
  return {
    number,
    lineage: 1,
    incarnations,
    segments: [{ begin: 0, holders, filling }],
  } as unknown as View;
}

export const published = (content: View, term = 1): Loose => ({
  type: "view-published",
  term,
  view: content,
});
export const adopted = (content: View): Loose => ({
  type: "view-adopted",
  view: content.number,
  lineage: content.lineage,
  digest: viewDigest(content),
});

/** Something that the world does to a node. */
export const befell = (type: FactType, peer: string, more: object = {}): Loose => ({ type, peer, ...more });
export const written = (key: string, by: string, term?: number): Loose => ({
  type: "record-written",
  key,
  by,
  term,
});
export const measuredBuffer = (option: string, size: number, max: number): Loose => ({
  type: "buffers-measured",
  buffers: [{ option, size, max }],
});
