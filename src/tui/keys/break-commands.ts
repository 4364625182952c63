/** The commands that do harm: each is one breakage of the source. */
import type { Breakage, ClusterView } from "../../observe/index.ts";
import { after, type CommandSpec, nodesOf } from "./command-spec.ts";
import { factorOf, micros, nodeNamed, type Read } from "./command-words.ts";

const roles = ["server", "worker", "manager", "scheduler"] as const;
type Words = readonly string[];

const firstIsNode = (view: ClusterView, word: number): Words => (word === 0 ? nodesOf(view) : []);

export const breakCommands: readonly CommandSpec[] = [
  {
    name: "kill",
    words: "NODE [RESTART-AFTER]",
    help: "end a node at once; with a time it is started again",
    ...broken(kill),
    complete: firstIsNode,
  },
  {
    name: "pause",
    words: "NODE [FOR]",
    help: "stop a node for a time (1s), without its knowing",
    ...broken(pause),
    complete: firstIsNode,
  },
  {
    name: "preempt",
    words: "NODE [NOTICE]",
    help: "tell a node to leave, and end it after the notice (1s)",
    ...broken(preempt),
    complete: firstIsNode,
  },
  {
    name: "cut",
    words: "NODE NODE|rest [FOR]",
    help: "nothing gets through between two nodes, or one and all others",
    ...broken(cut),
    complete: (view, word) => (word === 0 ? nodesOf(view) : word === 1 ? ["rest", ...nodesOf(view)] : []),
  },
  { name: "heal", words: "", help: "end every cut", ...broken(() => good({ kind: "heal" })) },
  {
    name: "slow",
    words: "NODE [FACTOR] [FOR]",
    help: "its work takes so many times (5) as long, for a time (1s)",
    ...broken(slow),
    complete: firstIsNode,
  },
  {
    name: "join",
    words: "server|worker",
    help: "start another node",
    ...broken(join),
    complete: (_view, word) => (word === 0 ? roles : []),
  },
  {
    name: "drain",
    words: "NODE",
    help: "let a node hand over what it holds, and leave",
    ...broken(([node], view) => then(nodeNamed(node, view), (name) => good({ kind: "drain", node: name }))),
    complete: firstIsNode,
  },
];

function broken(
  read: (words: Words, view: ClusterView) => Read<Breakage>,
): Pick<CommandSpec, "needs" | "run"> {
  return {
    needs: "break",
    run: (words, source) => after(read(words, source.view()), (breakage) => source.break(breakage)),
  };
}

function good(value: Breakage): Read<Breakage> {
  return { ok: true, value };
}

function then<T>(read: Read<T>, next: (value: T) => Read<Breakage>): Read<Breakage> {
  return read.ok ? next(read.value) : read;
}

/** Null where nothing is said. */
function optionalMicros(word: string | undefined, what: string): Read<number | null> {
  return word === undefined ? { ok: true, value: null } : micros(word, what);
}

function kill([node, restart]: Words, view: ClusterView): Read<Breakage> {
  return then(nodeNamed(node, view), (name) =>
    then(optionalMicros(restart, "restart after"), (restartAfterMicros) =>
      good({ kind: "kill", node: name, restartAfterMicros }),
    ),
  );
}

function pause([node, time]: Words, view: ClusterView): Read<Breakage> {
  return then(nodeNamed(node, view), (name) =>
    then(micros(time ?? "1s", "for"), (forMicros) => good({ kind: "pause", node: name, forMicros })),
  );
}

function preempt([node, time]: Words, view: ClusterView): Read<Breakage> {
  return then(nodeNamed(node, view), (name) =>
    then(micros(time ?? "1s", "notice"), (noticeMicros) =>
      good({ kind: "preempt", node: name, noticeMicros }),
    ),
  );
}

function cut([node, other, time]: Words, view: ClusterView): Read<Breakage> {
  return then(nodeNamed(node, view), (name) => {
    const rest = nodesOf(view).filter((candidate) => candidate !== name);
    const one = other === undefined || other === "rest" ? undefined : nodeNamed(other, view);
    if (one !== undefined && !one.ok) return one;
    const to = one === undefined ? rest : [one.value];
    return then(optionalMicros(time, "for"), (forMicros) =>
      good({ kind: "cut", from: [name], to, forMicros }),
    );
  });
}

function slow([node, factor, time]: Words, view: ClusterView): Read<Breakage> {
  return then(nodeNamed(node, view), (name) =>
    then(factorOf(factor ?? "5"), (by) =>
      then(micros(time ?? "1s", "for"), (forMicros) =>
        good({ kind: "slow", node: name, factor: by, forMicros }),
      ),
    ),
  );
}

function join([word]: Words): Read<Breakage> {
  const role = roles.find((known) => known === (word ?? "server"));
  if (role !== undefined) return good({ kind: "join", role });
  return { ok: false, reason: `role "${word}": one of ${roles.join(", ")} would do` };
}
