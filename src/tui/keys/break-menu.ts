/** The harm that can be done, by letter: each opens its command, half written. */
import type { Breakage, Source } from "../../observe/index.ts";

export interface BreakEntry {
  readonly key: string;
  readonly command: Breakage["kind"];
  readonly help: string;
}

const breakMenu: readonly BreakEntry[] = [
  { key: "k", command: "kill", help: "end a node at once; a time after its name starts it again" },
  { key: "p", command: "pause", help: "stop a node for a time, without its knowing" },
  { key: "e", command: "preempt", help: "tell a node to leave, and end it after the notice" },
  { key: "c", command: "cut", help: "let nothing through between two nodes" },
  { key: "h", command: "heal", help: "end every cut" },
  { key: "s", command: "slow", help: "make a node's work take several times as long" },
  { key: "j", command: "join", help: "start another node" },
  { key: "d", command: "drain", help: "let a node hand over what it holds, and leave" },
];

/** What the source can do. */
export function breakEntries({ can, breakages }: Source): readonly BreakEntry[] {
  if (!can.break) return [];
  return breakMenu.filter(({ command }) => breakages?.includes(command) !== false);
}
