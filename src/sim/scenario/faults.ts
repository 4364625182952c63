/** What is wrong with the faults of a scenario that no schema of one of them can see. */
import type { WrittenFault } from "./fault-fields.ts";
import { type Membership, Names } from "./names.ts";
import { guess } from "./nearest-word.ts";
import { storyTypes, whereComplaints } from "./where.ts";

/** What of a scenario says which nodes there are, and when. */
export interface Surroundings extends Membership {
  readonly horizon: number;
}

type Path = readonly (string | number)[];

export interface FaultComplaint {
  /** Within the list of faults. */
  readonly path: Path;
  /** The mistake is the field itself, not its value. */
  readonly isField?: boolean;
  readonly message: string;
}

/** A node that a fault names, and where. */
interface Named {
  readonly path: Path;
  readonly name: string;
  readonly mayBeRegistry: boolean;
}

/** Nodes that are not there, times that never come, two pauses at once, and words for nobody. */
export function faultComplaints(scenario: Surroundings): readonly FaultComplaint[] {
  const { faults, horizon } = scenario;
  const names = new Names(scenario);
  const complaints: FaultComplaint[] = names.badJoins.map(({ index, message }) => ({
    path: [index, "node"],
    message,
  }));
  faults.forEach((one, i) => {
    const at = one.at ?? Number.POSITIVE_INFINITY;
    const shape = shapeComplaint(one);
    if (shape !== undefined) complaints.push({ path: [i, ...shape.path], message: shape.message });
    for (const { path, name, mayBeRegistry } of namedIn(one)) {
      const message = names.complaint(name, at, mayBeRegistry);
      if (message !== undefined) complaints.push({ path: [i, ...path], message });
    }
    for (const { field, ...wrong } of whereComplaints(one.on?.fact ?? "", one.on?.where ?? {}, names)) {
      complaints.push({ path: [i, "on", "where", field], ...wrong });
    }
    const late = [["at", one.at ?? 0] as const, endOf(one)].find(([, time]) => time > horizon);
    if (late !== undefined) complaints.push({ path: [i, late[0]], message: "it is past the horizon" });
    const other = faults.slice(0, i).findIndex((earlier) => overlap(earlier, one));
    if (other >= 0) complaints.push({ path: [i, "at"], message: `faults.${other} does the same meanwhile` });
  });
  return complaints;
}

/** What it says twice, or not at all. */
function shapeComplaint(one: WrittenFault): { readonly path: Path; readonly message: string } | undefined {
  if (one.at === undefined && one.on === undefined)
    return { path: [], message: "says neither at nor on: when it happens" };
  if (one.at !== undefined && one.on !== undefined)
    return { path: ["on"], message: "at says already when it happens" };
  if (one.on !== undefined && !storyTypes.includes(one.on.fact)) {
    return { path: ["on", "fact"], message: `no such fact${guess(one.on.fact, storyTypes)}` };
  }
  if (one.kind === "preempt" && (one.node === undefined) === (one.nodes === undefined)) {
    return { path: [], message: "says node or nodes, one of them" };
  }
  if (one.kind === "nic" && one.egress === undefined && one.ingress === undefined) {
    return { path: [], message: "a nic has an egress or an ingress" };
  }
  if (one.kind === "disk" && (one.what === "slow") !== (one.by !== undefined)) {
    return one.what === "slow"
      ? { path: [], message: "a slow disk says by how much: by" }
      : { path: ["by"], message: "goes with what: slow" };
  }
  if (one.kind !== "clock") return undefined;
  if (one.step === undefined && one.drift === undefined && one.freeze === undefined) {
    return { path: [], message: "a clock has a step, a drift or a freeze" };
  }
  return undefined;
}

function namedIn(one: WrittenFault): readonly Named[] {
  const list = (
    field: string,
    names: readonly string[] | undefined,
    mayBeRegistry: boolean,
  ): readonly Named[] => (names ?? []).map((name, i) => ({ path: [field, i], name, mayBeRegistry }));
  const waited: readonly Named[] =
    one.on?.node === undefined ? [] : [{ path: ["on", "node"], name: one.on.node, mayBeRegistry: false }];
  switch (one.kind) {
    case "cut":
    case "clog":
    case "link":
      return [...waited, ...list("from", one.from, true), ...list("to", one.to, true)];
    case "partition":
      return [
        ...waited,
        ...one.groups.flatMap((group, g) =>
          group.map((name, i) => ({ path: ["groups", g, i], name, mayBeRegistry: true })),
        ),
      ];
    case "swizzle":
      return [...waited, ...list("nodes", one.nodes, false), ...list("others", one.others, true)];
    case "core":
      return [...waited, ...list("nodes", one.nodes, false)];
    case "join":
    case "abandon":
    case "submit":
    case "heal-all":
      return waited;
    default: {
      const node = one.node === undefined ? [] : [{ path: ["node"], name: one.node, mayBeRegistry: false }];
      return [...waited, ...node, ...(one.kind === "preempt" ? list("nodes", one.nodes, false) : [])];
    }
  }
}

/** The field that says when it is over, and when that is; of one that waits for a fact, from then on. */
function endOf(one: WrittenFault): readonly [string, number] {
  const at = one.at ?? 0;
  switch (one.kind) {
    case "crash":
      return ["restart", at + (one.restart ?? 0)];
    case "crash-loop":
      return ["times", at + one.times * (one.up + one.down)];
    case "preempt":
      return ["notice", at + one.notice];
    case "clock":
      return one.freeze === undefined ? ["at", at] : ["freeze", at + one.freeze];
    case "join":
    case "leave":
    case "decommission":
    case "abandon":
    case "submit":
    case "heal-all":
    case "core":
      return ["at", at];
    default:
      return ["for", at + one.for];
  }
}

/** A node is paused once at a time, and slowed once; its disk has one trouble, and its memory one cap. */
function overlap(a: WrittenFault, b: WrittenFault): boolean {
  const isOne = a.kind === "pause" || a.kind === "slow" || a.kind === "disk" || a.kind === "memory";
  if (!isOne || b.kind !== a.kind || a.node !== b.node) return false;
  if (a.at === undefined || b.at === undefined) return false;
  return a.at < b.at + b.for && b.at < a.at + a.for;
}
