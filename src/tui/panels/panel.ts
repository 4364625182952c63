/** What every panel is: a function from a view, what the person chose, and a size, to lines. */
import type { ClusterView } from "../../observe/index.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { hue, type Line, type Tone } from "../text/styled.ts";

export interface PanelInput {
  readonly view: ClusterView;
  /** Inside the border. */
  readonly width: number;
  readonly height: number;
  readonly glyphs: Glyphs;
  /** It has the screen for itself. */
  readonly isZoomed: boolean;
  readonly isFocused: boolean;
  /** Rows of a list that are above the first shown, as far as there are so many. */
  readonly scroll: number;
  /** Only rows with this in them; empty: all. */
  readonly filter: string;
  /** The segment that was asked for. */
  readonly marked: number | undefined;
  /** Lists stand in the order of their numbers, not worst first. */
  readonly isByName: boolean;
  /** Curves over bytes instead of time, where only one fits. */
  readonly isOverBytes: boolean;
}

export interface PanelContent {
  /** To the right in the border. */
  readonly note: Line;
  readonly lines: readonly Line[];
}

/** The number in a name such as `server-12`. */
export function numberOf(node: string): number {
  return Number(node.slice(node.lastIndexOf("-") + 1));
}

/** The colour of a node, the same wherever it is named. */
export function nodeTone(node: string): Tone {
  return hue(numberOf(node));
}

/** Two or three characters: S for servers, W for workers, M for managers, C for schedulers. */
export function shortName(node: string): string {
  const letter = node.startsWith("scheduler") ? "C" : node[0].toUpperCase();
  return `${letter}${numberOf(node)}`;
}

/** A window of a list that is never past its end, and how much of it is hidden. */
export function windowOf<T>(
  items: readonly T[],
  rows: number,
  scroll: number,
): { readonly shown: readonly T[]; readonly hidden: number; readonly first: number } {
  const room = Math.max(0, rows);
  const first = Math.max(0, Math.min(scroll, items.length - room));
  const shown = items.slice(first, first + room);
  return { shown, hidden: items.length - shown.length, first };
}

export function matches(filter: string, ...texts: readonly string[]): boolean {
  const wanted = filter.toLowerCase();
  return wanted === "" || texts.some((text) => text.toLowerCase().includes(wanted));
}
