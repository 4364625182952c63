/** The harm that can be done, by letter: each opens its command, half written. */
export interface BreakEntry {
  readonly key: string;
  readonly command: string;
  readonly help: string;
}

export const breakMenu: readonly BreakEntry[] = [
  { key: "k", command: "kill", help: "end a node at once; a time after its name starts it again" },
  { key: "p", command: "pause", help: "stop a node for a time, without its knowing" },
  { key: "e", command: "preempt", help: "tell a node to leave, and end it after the notice" },
  { key: "c", command: "cut", help: "let nothing through between two nodes" },
  { key: "h", command: "heal", help: "end every cut" },
  { key: "s", command: "slow", help: "make a node's work take several times as long" },
  { key: "j", command: "join", help: "start another node" },
  { key: "d", command: "drain", help: "let a node hand over what it holds, and leave" },
];
