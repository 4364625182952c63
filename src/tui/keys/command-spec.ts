/** What a command of the command line is. */
import type { Capabilities, ClusterView, Done, Source } from "../../observe/index.ts";
import type { Read } from "./command-words.ts";

export interface CommandSpec {
  readonly name: string;
  /** As help shows the words that follow. */
  readonly words: string;
  readonly help: string;
  readonly needs?: keyof Capabilities;
  /** What may stand at the n-th word, from 0. */
  readonly complete?: (view: ClusterView, word: number, source: Source) => readonly string[];
  /** The segment that the ring shows from then on. */
  readonly marks?: (words: readonly string[], source: Source) => number | undefined;
  readonly run: (words: readonly string[], source: Source) => Done;
}

export function nodesOf(view: ClusterView): readonly string[] {
  return view.nodes.map(({ node }) => node);
}

export function after<T>(read: Read<T>, next: (value: T) => Done): Done {
  return read.ok ? next(read.value) : read;
}
