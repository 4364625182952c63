/** Every key in one table: what it does, when it may be used, and how help and footer speak of it. */
import type { Capabilities } from "../../observe/index.ts";

export type Action =
  | { readonly type: "quit" | "help" | "back" | "zoom" | "next-panel" | "previous-panel" }
  | { readonly type: "panel"; readonly index: number }
  | { readonly type: "scroll"; readonly rows: number }
  | { readonly type: "pause" | "start" | "end" | "violation" | "bookmark" }
  | { readonly type: "step"; readonly facts: number }
  | { readonly type: "next-event"; readonly direction: 1 | -1 }
  | { readonly type: "move"; readonly micros: number }
  | { readonly type: "scrub"; readonly hundredths: number }
  | { readonly type: "speed"; readonly factor: number }
  | { readonly type: "prompt"; readonly kind: "command" | "filter"; readonly text: string }
  | { readonly type: "break-menu" | "save-screen" | "axis" | "order" | "slowest" | "failover" };

export interface Binding {
  readonly keys: readonly string[];
  readonly action: Action;
  readonly group: "Look" | "Ask" | "Time" | "Break things" | "Leave";
  readonly help: string;
  /** A word or two for the footer; those without are in the help alone. */
  readonly short?: string;
  /** Absent: always. */
  readonly needs?: keyof Capabilities;
}

const second = 1_000_000;

export const bindings: readonly Binding[] = [
  ...[..."1234567"].map(
    (digit, index): Binding => ({
      keys: [digit],
      action: { type: "panel", index },
      group: "Look",
      help: "to this panel; again: zoom",
      ...(index === 0 ? { short: "panel" } : {}),
    }),
  ),
  { keys: ["tab"], action: { type: "next-panel" }, group: "Look", help: "next panel" },
  { keys: ["shift-tab"], action: { type: "previous-panel" }, group: "Look", help: "previous panel" },
  {
    keys: ["enter", "+"],
    action: { type: "zoom" },
    group: "Look",
    help: "the panel fills the screen, or no more",
    short: "zoom",
  },
  {
    keys: ["escape", "_"],
    action: { type: "back" },
    group: "Look",
    help: "back: ends help, zoom, filter, in this order",
  },
  { keys: ["j", "down"], action: { type: "scroll", rows: 1 }, group: "Look", help: "scroll down" },
  { keys: ["k", "up"], action: { type: "scroll", rows: -1 }, group: "Look", help: "scroll up" },
  { keys: ["page-down"], action: { type: "scroll", rows: 10 }, group: "Look", help: "scroll ten rows down" },
  { keys: ["page-up"], action: { type: "scroll", rows: -10 }, group: "Look", help: "scroll ten rows up" },
  {
    keys: ["/"],
    action: { type: "prompt", kind: "filter", text: "" },
    group: "Look",
    help: "list only what has this text in it",
    short: "filter",
  },
  { keys: ["o"], action: { type: "order" }, group: "Look", help: "order: worst first, or by name" },
  { keys: ["t"], action: { type: "axis" }, group: "Look", help: "the curve over time, or over bytes" },
  {
    keys: ["s"],
    action: { type: "save-screen" },
    group: "Look",
    help: "save the screen as text and as SVG",
    short: "save",
  },
  {
    keys: ["w"],
    action: { type: "slowest" },
    group: "Ask",
    help: "which worker is slowest, and why",
    short: "why slow",
  },
  {
    keys: ["l"],
    action: { type: "failover" },
    group: "Ask",
    help: "the last failover, and how long it took",
    short: "last failover",
  },
  {
    keys: [":"],
    action: { type: "prompt", kind: "command", text: "" },
    group: "Ask",
    help: "give a command, tab completes it",
    short: "command",
  },
  { keys: [" "], action: { type: "pause" }, group: "Time", help: "pause the screen, go on", short: "pause" },
  {
    keys: ["."],
    action: { type: "step", facts: 1 },
    group: "Time",
    help: "one fact on",
    needs: "rewind",
    short: "step",
  },
  { keys: [","], action: { type: "step", facts: -1 }, group: "Time", help: "one fact back", needs: "rewind" },
  {
    keys: [">"],
    action: { type: "next-event", direction: 1 },
    group: "Time",
    help: "to the next event",
    needs: "rewind",
    short: "event",
  },
  {
    keys: ["<"],
    action: { type: "next-event", direction: -1 },
    group: "Time",
    help: "to the previous one",
    needs: "rewind",
  },
  {
    keys: ["right"],
    action: { type: "scrub", hundredths: 1 },
    group: "Time",
    help: "a hundredth of the run on",
    needs: "rewind",
  },
  {
    keys: ["left"],
    action: { type: "scrub", hundredths: -1 },
    group: "Time",
    help: "a hundredth of the run back",
    needs: "rewind",
  },
  {
    keys: ["]"],
    action: { type: "move", micros: second },
    group: "Time",
    help: "one second on",
    needs: "rewind",
  },
  {
    keys: ["["],
    action: { type: "move", micros: -second },
    group: "Time",
    help: "one second back",
    needs: "rewind",
  },
  {
    keys: ["g"],
    action: { type: "start" },
    group: "Time",
    help: "to the start",
    needs: "rewind",
    short: "start",
  },
  { keys: ["G"], action: { type: "end" }, group: "Time", help: "to the end", needs: "rewind", short: "end" },
  {
    keys: ["=", "*"],
    action: { type: "speed", factor: 2 },
    group: "Time",
    help: "twice as fast, up to 64",
    needs: "speed",
    short: "speed",
  },
  {
    keys: ["-"],
    action: { type: "speed", factor: 0.5 },
    group: "Time",
    help: "half as fast, down to 1/64",
    needs: "speed",
  },
  {
    keys: ["v"],
    action: { type: "violation" },
    group: "Time",
    help: "to the first violation of a check",
    needs: "rewind",
  },
  { keys: ["m"], action: { type: "bookmark" }, group: "Time", help: "bookmark this moment", needs: "rewind" },
  {
    keys: ["'"],
    action: { type: "prompt", kind: "command", text: "jump " },
    group: "Time",
    help: "to a bookmark",
    needs: "rewind",
  },
  {
    keys: ["b"],
    action: { type: "prompt", kind: "command", text: "branch " },
    group: "Time",
    help: "go on from here with another seed",
    needs: "branch",
    short: "branch",
  },
  {
    keys: ["f"],
    action: { type: "break-menu" },
    group: "Break things",
    help: "kill, pause, cut, slow, join, drain",
    needs: "break",
    short: "break",
  },
  { keys: ["?"], action: { type: "help" }, group: "Leave", help: "this help", short: "help" },
  {
    keys: ["q", "ctrl-c"],
    action: { type: "quit" },
    group: "Leave",
    help: "leave; a cluster is not touched",
    short: "quit",
  },
];

export function bindingOf(key: string, can: Capabilities): Binding | undefined {
  return bindings.find(({ keys, needs }) => keys.includes(key) && (needs === undefined || can[needs]));
}

export function isOffered({ needs }: Pick<Binding, "needs">, can: Capabilities): boolean {
  return needs === undefined || can[needs];
}

/** As people write it. */
export function keyName(key: string): string {
  const names: Readonly<Record<string, string>> = {
    " ": "space",
    escape: "esc",
    "page-up": "pgup",
    "page-down": "pgdn",
    "ctrl-c": "^C",
  };
  return names[key] ?? key;
}
