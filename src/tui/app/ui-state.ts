/** What the person at the screen chose. Everything else comes from the source. */
import type { PanelId } from "./layout.ts";

export interface UiState {
  readonly focus: PanelId;
  readonly zoomed: PanelId | undefined;
  readonly overlay: "help" | "break" | undefined;
  readonly overlayScroll: number;
  readonly scroll: Readonly<Partial<Record<PanelId, number>>>;
  /** Only what has this in it is listed. */
  readonly filter: string;
  readonly prompt: Prompt | undefined;
  readonly message: Message | undefined;
  /** The segment of the ring that was asked for. */
  readonly marked: number | undefined;
  readonly isByName: boolean;
  readonly isOverBytes: boolean;
  /** Done when the person says yes. */
  readonly question: Question | undefined;
}

export interface Prompt {
  readonly kind: "command" | "filter";
  readonly text: string;
}

export interface Message {
  readonly text: string;
  readonly isBad: boolean;
}

export interface Question {
  readonly text: string;
  /** The command that it is about, already confirmed. */
  readonly command: string;
}

export const initialState: UiState = {
  focus: "ring",
  zoomed: undefined,
  overlay: undefined,
  overlayScroll: 0,
  scroll: {},
  filter: "",
  prompt: undefined,
  message: undefined,
  marked: undefined,
  isByName: false,
  isOverBytes: false,
  question: undefined,
};
