/** Whom a scenario may name: the nodes that it has, from when on, and words for whoever plays a part. */
import { castParts, castWords } from "../world/cast.ts";
import type { WrittenFault } from "./fault-fields.ts";
import { guess } from "./nearest-word.ts";

export const registryName = "registry";

/** What of a scenario says which nodes there are. */
export interface Membership {
  readonly cluster: {
    readonly managers: number;
    readonly schedulers: number;
    readonly servers: number;
    readonly workers: number;
  };
  readonly faults: readonly WrittenFault[];
}

export interface BadJoin {
  /** The fault's place in its list. */
  readonly index: number;
  readonly message: string;
}

export class Names {
  /** Of those that join, names that are not theirs. */
  readonly badJoins: readonly BadJoin[];
  /** From when on each node is there. */
  private readonly since = new Map<string, number>();

  constructor({ cluster, faults }: Membership) {
    const { managers, schedulers, servers, workers } = cluster;
    const counts = new Map([
      ["manager", managers],
      ["scheduler", schedulers],
      ["server", servers],
      ["worker", workers],
    ]);
    for (const [role, count] of counts) for (let i = 0; i < count; i++) this.since.set(`${role}-${i}`, 0);
    const badJoins: BadJoin[] = [];
    faults.forEach((one, index) => {
      if (one.kind !== "join") return;
      const next = [...counts].map(([role, count]) => `${role}-${count}`);
      if (next.includes(one.node)) {
        const role = one.node.slice(0, one.node.lastIndexOf("-"));
        counts.set(role, (counts.get(role) ?? 0) + 1);
        this.since.set(one.node, one.at ?? 0);
      } else badJoins.push({ index, message: `free names: ${next.join(", ")}` });
    });
    this.badJoins = badJoins;
  }

  /** What is wrong with the name of a node, at a time; undefined where it is somebody. */
  complaint(name: string, at: number, mayBeRegistry: boolean = false): string | undefined {
    if (mayBeRegistry && name === registryName) return undefined;
    const known = [...this.since.keys()];
    const words = mayBeRegistry ? [...known, registryName] : known;
    if (name.startsWith("@")) return castComplaint(name, words);
    const from = this.since.get(name);
    if (from === undefined) return `no such node${guess(name, words)}`;
    return from > at ? "the node joins later" : undefined;
  }
}

function castComplaint(name: string, nodes: readonly string[]): string | undefined {
  const parts = castParts(name);
  const allowed = Object.entries(castWords).map(([word, { argument }]) =>
    argument === undefined ? `@${word}` : `@${word}(${argument})`,
  );
  if (parts === undefined || !Object.hasOwn(castWords, parts.word)) {
    const bare = parts === undefined ? name : `@${parts.word}`;
    return `no such word for a node${
      guess(
        bare,
        Object.keys(castWords).map((word) => `@${word}`),
      ) || `; allowed: ${allowed.join(", ")}`
    }`;
  }
  const { argument } = castWords[parts.word];
  if (argument === undefined)
    return parts.argument === undefined ? undefined : `@${parts.word} takes nothing in parentheses`;
  if (parts.argument === undefined)
    return argument === "segment" ? undefined : `expected @${parts.word}(${argument})`;
  if (argument === "node") {
    if (parts.argument.startsWith("@")) return castComplaint(parts.argument, nodes);
    return nodes.includes(parts.argument) ? undefined : `no such node${guess(parts.argument, nodes)}`;
  }
  return /^(0|[1-9][0-9]*)$/.test(parts.argument)
    ? undefined
    : `expected a number from 0: @${parts.word}(${argument})`;
}
