/** How the states of nodes and slots look: a sign and a word each, and a colour beside them. */
import type { NodeView, Severity, SlotView } from "../../observe/index.ts";
import type { Glyphs } from "../text/glyphs.ts";
import type { Tone } from "../text/styled.ts";

interface Look {
  readonly sign: string;
  readonly tone: Tone;
}

export function nodeLook(state: NodeView["state"], glyphs: Glyphs): Look {
  switch (state) {
    case "alive":
      return { sign: glyphs.running, tone: "good" };
    case "suspected":
      return { sign: "?", tone: "warn" };
    case "paused":
      return { sign: "=", tone: "warn" };
    case "lost":
      return { sign: glyphs.gone, tone: "bad" };
    case "stopped":
      return { sign: "-", tone: "dim" };
    case "unknown":
      return { sign: " ", tone: "dim" };
  }
}

export function slotLook(state: SlotView["state"], glyphs: Glyphs): Look {
  switch (state) {
    case "computing":
      return { sign: glyphs.running, tone: "good" };
    case "waiting":
      return { sign: glyphs.waiting, tone: "warn" };
    case "loading":
      return { sign: glyphs.down, tone: "note" };
    case "idle":
      return { sign: glyphs.dot, tone: "dim" };
    case "lost":
      return { sign: glyphs.gone, tone: "bad" };
    case "unassigned":
      return { sign: "?", tone: "warn" };
    case "ended":
      return { sign: "-", tone: "dim" };
  }
}

/** How bad it is: the worst stand first. */
export function nodeTrouble(state: NodeView["state"]): number {
  return ["stopped", "alive", "unknown", "paused", "suspected", "lost"].indexOf(state);
}

export function slotTrouble(state: SlotView["state"]): number {
  return ["ended", "idle", "computing", "loading", "waiting", "unassigned", "lost"].indexOf(state);
}

export function severityLook(severity: Severity): { readonly word: string; readonly tone: Tone } {
  switch (severity) {
    case "detail":
      return { word: "     ", tone: "dim" };
    case "info":
      return { word: "info ", tone: "dim" };
    case "good":
      return { word: "good ", tone: "good" };
    case "warn":
      return { word: "warn ", tone: "warn" };
    case "fault":
      return { word: "FAULT", tone: "bad" };
    case "error":
      return { word: "ERROR", tone: "bad" };
  }
}
