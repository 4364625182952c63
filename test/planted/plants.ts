/**
 * Deliberate bugs: each a small wrong turn in the built core, never in the product. `find` is a line, or part of one, of
 * the file in `dist/`, and occurs there once.
 */
export interface Plant {
  readonly name: string;
  /** What is wrong, and who would say so. */
  readonly why: string;
  readonly edits: readonly { readonly file: string; readonly find: string; readonly replace: string }[];
  /** The runs it may take: at least five times those that it took when it was planted. */
  readonly runsMax: number;
  /** What may find it: ids of checkers, or a verdict other than `violated`. */
  readonly caughtBy: readonly string[];
}

const chain = "core/server/chain/chain.js";
const storing = "core/server/chain/storing.js";
const feed = "core/server/chain/feed.js";
const plan = "core/manager/plan-view.js";

export const plants: readonly Plant[] = [
  {
    name: "commit-before-the-chain",
    runsMax: 25,
    why: "the master replies before its replicas have the entry",
    edits: [{ file: chain, find: "if (i < fullCount || has !== undefined)", replace: "if (false)" }],
    caughtBy: ["R3", "R5", "O6", "X2", "C5"],
  },
  {
    name: "no-duplicate-check",
    runsMax: 25,
    why: "a repeat of a push is applied again",
    edits: [
      { file: "core/server/writes.js", find: "if (clock.isApplied(slot, time, op))", replace: "if (false)" },
    ],
    caughtBy: ["X1"],
  },
  {
    name: "clock-left-behind",
    runsMax: 25,
    why: "a filled server gets rows, and not which pushes they contain",
    edits: [{ file: storing, find: "segment.clock = clock;", replace: "" }],
    caughtBy: ["X1", "X7"],
  },
  {
    name: "old-view-accepted",
    runsMax: 100,
    why: "a server takes what the chain of an older view sends",
    edits: [
      { file: "core/server/server.js", find: "if (message.view < this.adopted)", replace: "if (false)" },
    ],
    caughtBy: ["R1", "R2", "R3", "R5", "R6", "R7", "O6", "failed"],
  },
  {
    name: "suffix-not-resent",
    runsMax: 25,
    why: "after a change of the chain the next one does not get the entries that it lacks",
    edits: [
      {
        file: feed,
        find: "for (const entry of retained.after(token.index))",
        replace: "for (const entry of [])",
      },
    ],
    caughtBy: ["undecided", "C8"],
  },
  {
    name: "serves-before-it-is-sealed",
    runsMax: 25,
    why: "a new master does not wait for what the other holders have",
    edits: [
      {
        file: chain,
        find: "if (position === undefined)\n                return;",
        replace: "if (position === undefined)\n                continue;",
      },
    ],
    caughtBy: ["R2", "R3", "R5", "R7", "O6", "X2", "failed"],
  },
  {
    name: "full-before-it-is-filled",
    runsMax: 25,
    why: "a server becomes a full holder in the view after the one that lists it",
    edits: [{ file: plan, find: "filled.get(begin)?.has(server)", replace: "true" }],
    caughtBy: ["R3", "R5", "R7", "X2", "C5", "O6", "failed"],
  },
  {
    name: "an-old-life-holds",
    runsMax: 300,
    why: "a restarted server takes itself for the holder that it was before",
    edits: [
      {
        file: "core/server/chain/place.js",
        find: "if (view.incarnations[self.id] !== self.incarnation)",
        replace: "if (false)",
      },
    ],
    caughtBy: ["R3", "R5", "R6", "R7", "O1", "X2", "C5", "O6", "failed"],
  },
  {
    name: "filled-not-counted",
    runsMax: 50,
    why: "the master does not wait for the one that it has said to be filled",
    edits: [{ file: chain, find: "if (i < fullCount || has !== undefined)", replace: "if (i < fullCount)" }],
    caughtBy: ["R3", "R5", "R7", "O6", "X2", "failed"],
  },
  {
    name: "entries-without-rows",
    runsMax: 25,
    why: "what is applied while rows are sent does not reach the one that is being filled",
    edits: [
      {
        file: "core/server/chain/log-entries.js",
        find: "storeRows(segment, entry.rows, keys)",
        replace: "undefined",
      },
    ],
    caughtBy: ["R7", "X5", "C7", "failed"],
  },
  {
    name: "master-is-not-new",
    runsMax: 25,
    why: "views do not say that the master is another one, so nobody sends again what it lost",
    edits: [
      { file: plan, find: "since: isSameMaster ? before.since : number", replace: "since: before.since" },
    ],
    caughtBy: ["undecided", "R5", "failed"],
  },
  {
    name: "the-dead-are-not-evicted",
    runsMax: 25,
    why: "a worker that is gone keeps its slots",
    edits: [
      {
        file: "core/manager/evictions.js",
        find: "if (lost === undefined)\n            return this.evict(node, reason);",
        replace:
          'if (lost === undefined)\n            return node.startsWith("worker") ? undefined : this.evict(node, reason);',
      },
    ],
    caughtBy: ["undecided", "V2", "M2"],
  },
  {
    name: "delay-off-by-one",
    runsMax: 25,
    why: "a task starts one task too early",
    edits: [
      {
        file: "core/tasks/frontier.js",
        find: "if (this.lowestUnfinished < after.below)\n            return false;",
        replace: "if (this.lowestUnfinished < after.below - 1)\n            return false;",
      },
    ],
    caughtBy: ["C1", "T1", "failed"],
  },
  {
    name: "undo-log-not-replicated",
    runsMax: 25,
    why: "a replica cannot tell the states before the newest time",
    edits: [
      {
        file: storing,
        find: "history.record(mark, positions, store, log.token);",
        replace: "",
      },
    ],
    caughtBy: ["C7", "X5", "failed"],
  },
];
