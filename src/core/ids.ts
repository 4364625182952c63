/**
 * Names and numbers that must not be confused, each made and checked here and nowhere else.
 * At run time they are plain strings and numbers.
 */
import { assert } from "./assert.ts";

declare const brand: unique symbol;
type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** A node: `server-3`, `worker-0`, `manager-0`, `scheduler-0`. */
export type NodeId = Branded<string, "NodeId">;
/** A logical worker, owner of one share of the training data; 0 up to the job's slot count. */
export type Slot = Branded<number, "Slot">;
/** A task's timestamp: unique and increasing within its job, without gaps. */
export type TaskTime = Branded<number, "TaskTime">;
/** Virtual or real time in whole microseconds. */
export type Micros = Branded<number, "Micros">;

export type Role = "server" | "worker" | "scheduler" | "manager";
export const roles: readonly Role[] = ["server", "worker", "scheduler", "manager"];

/** Anybody may name any node: only names of numbers below are kept. */
const namesKept = 4096;
const names: NodeId[][] = roles.map(() => []);
/** By the second letter, in which the roles differ: the index in `roles`. */
const roleBySecondLetter: Uint8Array = new Uint8Array(128);
roles.forEach((role, index) => {
  roleBySecondLetter[role.charCodeAt(1)] = index;
});

const nodeIdPattern: RegExp = /^(server|worker|scheduler|manager)-(0|[1-9][0-9]{0,5})$/;

export function isNodeId(text: string): text is NodeId {
  return nodeIdPattern.test(text);
}

/** Every text that comes from outside passes here, so that maps are asked with a string that they hold. */
export function nodeId(text: string): NodeId {
  assert(isNodeId(text), () => `a node is named role-number, such as server-3, not "${text}"`);
  return nodeName(roleNumber(text), Number(text.slice(text.indexOf("-") + 1)));
}

/** The name, as one string for all who ask. */
export function nodeName(role: number, number: number): NodeId {
  if (number >= namesKept) return `${roles[role]}-${number}` as NodeId;
  let name = names[role][number];
  if (name === undefined) {
    name = `${roles[role]}-${number}` as NodeId;
    names[role][number] = name;
  }
  return name;
}

/** The index in `roles`. */
export function roleNumber(node: NodeId): number {
  return roleBySecondLetter[node.charCodeAt(1)];
}

export function roleOf(node: NodeId): Role {
  return roles[roleNumber(node)];
}

export function slot(n: number): Slot {
  assert(Number.isInteger(n) && n >= 0 && n < 2 ** 20, () => `slot ${n} is an integer in [0, 2^20)`);
  return n as Slot;
}

export function taskTime(n: number): TaskTime {
  assert(Number.isSafeInteger(n) && n >= 0, () => `task time ${n} is a non-negative safe integer`);
  return n as TaskTime;
}

export function micros(n: number): Micros {
  assert(Number.isSafeInteger(n) && n >= 0, () => `a time of ${n} us is a non-negative safe integer`);
  return n as Micros;
}

export function milliseconds(ms: number): Micros {
  return micros(Math.round(ms * 1000));
}

/** `slot 3`, or `slots 0, 3`: as people read them everywhere. */
export function slotsName(slots: readonly (number | string)[]): string {
  return `${slots.length === 1 ? "slot" : "slots"} ${slots.join(", ")}`;
}
