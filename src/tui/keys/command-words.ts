/** The words of a command, read strictly: a complaint says what would do. */
import type { ClusterView } from "../../observe/index.ts";

export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string };

const units: Readonly<Record<string, number>> = {
  us: 1,
  µs: 1,
  ms: 1000,
  s: 1_000_000,
  m: 60_000_000,
  "": 1_000_000,
};

/** `500ms`, `2s`, `12.43` (seconds). */
export function micros(word: string | undefined, what: string): Read<number> {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(us|µs|ms|s|m|)$/.exec(word ?? "") ?? [];
  if (number === undefined) {
    return { ok: false, reason: `${what} "${word ?? ""}": a time such as 500ms, 2s or 12.43 would do` };
  }
  return { ok: true, value: Math.round(Number(number) * units[unit]) };
}

/** One of the nodes that are there; S1 stands for server-1. */
export function nodeNamed(word: string | undefined, view: ClusterView): Read<string> {
  const [, letter, number] = /^([swmc])(\d+)$/i.exec(word ?? "") ?? [];
  const roles: Readonly<Record<string, string>> = { s: "server", w: "worker", m: "manager", c: "scheduler" };
  const name = letter === undefined ? word : `${roles[letter.toLowerCase()]}-${number}`;
  const nodes = view.nodes.map(({ node }) => node);
  if (name !== undefined && nodes.includes(name)) return { ok: true, value: name };
  const some = nodes.slice(0, 4).join(", ");
  return { ok: false, reason: `no node "${word ?? ""}": there are ${some}${nodes.length > 4 ? ", …" : ""}` };
}

export function factorOf(word: string | undefined): Read<number> {
  const value = Number(word);
  if (word !== undefined && value >= 1 && value <= 1000) return { ok: true, value };
  return { ok: false, reason: `factor "${word ?? ""}": a number from 1 to 1000 would do` };
}
