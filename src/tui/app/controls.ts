/** Keys in, a changed state and a moved source out. Nothing here knows of a terminal. */
import type { Capabilities, Done, FactFilter, Source } from "../../observe/index.ts";
import { lastFailover, slowest } from "../keys/answers.ts";
import { type Action, bindingOf, bindings } from "../keys/bindings.ts";
import { breakEntries } from "../keys/break-menu.ts";
import { completed, markedBy, needsConfirmation, runCommand } from "../keys/command-line.ts";
import { type PanelId, panelIds } from "./layout.ts";
import { initialState, type UiState } from "./ui-state.ts";

export interface ControlsOptions {
  readonly source: Source;
  readonly quit: () => void;
  /** Among the panels that stand side by side now. */
  readonly isShown: (panel: PanelId) => boolean;
  /** Writes what is on the screen to files, and says where. */
  readonly saveScreen: () => Done;
}

const speedMax = 64;

export class Controls {
  private current: UiState = initialState;
  private readonly options: ControlsOptions;
  private readonly source: Source;
  private readonly listeners = new Set<() => void>();

  constructor(options: ControlsOptions) {
    this.options = options;
    this.source = options.source;
  }

  get state(): UiState {
    return this.current;
  }

  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }

  press(key: string): void {
    const { prompt, question, overlay } = this.current;
    if (key === "ctrl-c") this.options.quit();
    else if (question !== undefined) this.answer(key, question.command);
    else if (prompt !== undefined) this.type(key);
    else if (overlay === "break" && this.breakWith(key)) return;
    else this.act(key);
  }

  private act(key: string): void {
    this.set({ message: undefined });
    const binding = bindingOf(key, this.source.can);
    if (binding !== undefined) return this.perform(binding.action);
    const needs = bindings.find(({ keys }) => keys.includes(key))?.needs;
    this.tell(
      needs === undefined
        ? { ok: false, reason: `"${key}" does nothing: ? lists the keys` }
        : { ok: false, reason: refusal(needs, this.source.kind) },
    );
  }

  private perform(action: Action): void {
    const { source } = this;
    const playhead = source.playhead();
    switch (action.type) {
      case "quit":
        return this.options.quit();
      case "help":
        return this.set({ overlay: this.current.overlay === "help" ? undefined : "help", overlayScroll: 0 });
      case "back":
        return this.back();
      case "zoom":
        return this.set({ zoomed: this.current.zoomed === undefined ? this.current.focus : undefined });
      case "panel":
        return this.goToPanel(panelIds[action.index]);
      case "next-panel":
        return this.turnPanel(1);
      case "previous-panel":
        return this.turnPanel(-1);
      case "scroll":
        return this.scroll(action.rows);
      case "pause":
        return source.setPaused(!playhead.isPaused);
      case "step":
        return this.tell(source.stepFacts(action.facts));
      case "next-event":
        return this.tell(source.stepTo(action.direction, this.eventFilter()));
      case "move":
        return this.tell(source.stepMicros(action.micros));
      case "scrub":
        return this.tell(source.stepMicros(this.hundredth() * action.hundredths));
      case "start":
        return this.tell(source.goTo(playhead.beginMicros));
      case "end":
        return this.tell(source.goTo(playhead.endMicros));
      case "violation":
        return this.tell(source.goToFirstViolation());
      case "bookmark":
        return this.tell(source.bookmark());
      case "speed":
        return this.speed(playhead.speed * action.factor);
      case "prompt":
        return this.set({ prompt: { kind: action.kind, text: action.text }, overlay: undefined });
      case "break-menu":
        return this.set({ overlay: "break" });
      case "save-screen":
        return this.tell(this.options.saveScreen());
      case "axis":
        return this.set({ isOverBytes: !this.current.isOverBytes });
      case "order":
        return this.set({ isByName: !this.current.isByName });
      case "slowest":
        return this.tell({ ok: true, text: slowest(source.view()) });
      case "failover":
        return this.tell({ ok: true, text: lastFailover(source.view()) });
    }
  }

  private hundredth(): number {
    const { beginMicros, endMicros } = this.source.playhead();
    return Math.max(1, Math.round((endMicros - beginMicros) / 100));
  }

  private speed(speed: number): void {
    if (speed > speedMax || speed < 1 / speedMax) {
      return this.tell({ ok: false, reason: "speeds go from 1/64 to 64" });
    }
    this.tell(this.source.setSpeed(speed));
  }

  private goToPanel(panel: PanelId): void {
    const { focus, zoomed } = this.current;
    if (panel === "messages" && !this.source.can.messages) {
      return this.tell({ ok: false, reason: refusal("messages", this.source.kind) });
    }
    // What has no place beside the others fills the screen at once.
    if (!this.options.isShown(panel)) return this.set({ focus: panel, zoomed: panel, overlay: undefined });
    const isAgain = focus === panel && this.current.overlay === undefined;
    const next = zoomed !== undefined || isAgain ? panel : undefined;
    this.set({ focus: panel, zoomed: next, overlay: undefined });
  }

  private turnPanel(by: 1 | -1): void {
    const shown = panelIds.filter((id) => id !== "messages" || this.source.can.messages);
    const index = shown.indexOf(this.current.focus);
    const focus = shown[(index + by + shown.length) % shown.length];
    const { zoomed } = this.current;
    this.set({ focus, zoomed: zoomed === undefined && this.options.isShown(focus) ? undefined : focus });
  }

  private scroll(rows: number): void {
    if (this.current.overlay === "help") {
      return this.set({ overlayScroll: Math.max(0, this.current.overlayScroll + rows) });
    }
    const { focus, scroll } = this.current;
    // Events stand with the newest at the bottom: their scroll counts from there.
    const by = focus === "events" ? -rows : rows;
    this.set({ scroll: { ...scroll, [focus]: Math.max(0, Math.min(100_000, (scroll[focus] ?? 0) + by)) } });
  }

  private back(): void {
    const { overlay, zoomed, filter, marked } = this.current;
    if (overlay !== undefined) this.set({ overlay: undefined });
    else if (zoomed !== undefined) {
      this.set({
        zoomed: undefined,
        focus: this.options.isShown(this.current.focus) ? this.current.focus : "ring",
      });
    } else if (filter !== "") this.set({ filter: "" });
    else if (marked !== undefined) this.set({ marked: undefined });
    else this.set({ scroll: {} });
  }

  private breakWith(key: string): boolean {
    const entry = breakEntries(this.source).find((candidate) => candidate.key === key);
    if (entry === undefined) return false;
    const text = entry.command === "heal" ? entry.command : `${entry.command} `;
    this.set({ overlay: undefined, prompt: { kind: "command", text } });
    return true;
  }

  private type(key: string): void {
    const prompt = this.current.prompt;
    if (prompt === undefined) return;
    if (key === "escape")
      this.set({ prompt: undefined, ...(prompt.kind === "filter" ? { filter: "" } : {}) });
    else if (key === "enter") this.entered(prompt.text, prompt.kind);
    else if (key === "backspace") this.retype(prompt.text.slice(0, -1));
    else if (key === "ctrl-u") this.retype("");
    else if (key === "tab" && prompt.kind === "command") this.retype(completed(prompt.text, this.source));
    else if (key.length === 1) this.retype(prompt.text + key);
  }

  private retype(text: string): void {
    const kind = this.current.prompt?.kind ?? "command";
    this.set({ prompt: { kind, text }, ...(kind === "filter" ? { filter: text, scroll: {} } : {}) });
  }

  private entered(text: string, kind: "command" | "filter"): void {
    this.set({ prompt: undefined });
    if (kind === "filter" || text.trim() === "") return;
    if (["q", "quit"].includes(text.trim())) return this.options.quit();
    if (needsConfirmation(text, this.source)) {
      return this.set({
        question: { text: `${text.trim()} on ${this.source.title}: sure? y/n`, command: text },
      });
    }
    this.run(text);
  }

  private run(text: string): void {
    const done = runCommand(text, this.source);
    this.tell(done);
    const marked = done.ok ? markedBy(text, this.source) : undefined;
    if (marked !== undefined) this.set({ marked });
  }

  private answer(key: string, command: string): void {
    this.set({ question: undefined });
    if (key === "y") this.run(command);
    else this.tell({ ok: true, text: "nothing was done" });
  }

  /** The listed filter as one of facts: a node, or any event. */
  private eventFilter(): FactFilter {
    const { filter } = this.current;
    const node = this.source.view().nodes.find((candidate) => candidate.node === filter)?.node;
    return node === undefined ? { isEvent: true } : { isEvent: true, node };
  }

  private tell(done: Done): void {
    const text = done.ok ? done.text : done.reason;
    this.set({ message: text === "" ? undefined : { text, isBad: !done.ok } });
  }

  private set(change: Partial<UiState>): void {
    this.current = { ...this.current, ...change };
    for (const changed of this.listeners) changed();
  }
}

function refusal(needs: keyof Capabilities, kind: Source["kind"]): string {
  const what = { sim: "a simulation", trace: "a recorded run", live: "a live cluster" }[kind];
  const deed: Readonly<Record<keyof Capabilities, string>> = {
    rewind: "go back",
    speed: "change its speed",
    break: "be broken from here",
    confirmBreak: "be broken from here",
    branch: "branch",
    save: "be saved as a scenario",
    messages: "show messages",
  };
  return `${what} cannot ${deed[needs]}`;
}
