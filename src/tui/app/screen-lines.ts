/** A screen as a function of a view, of what the person chose, and of a size. */
import type { ClusterView, Playhead, Source } from "../../observe/index.ts";
import { completions } from "../keys/command-line.ts";
import { clocksPanel } from "../panels/clocks.ts";
import { zoomedClocks } from "../panels/clocks-zoomed.ts";
import { convergencePanel } from "../panels/convergence.ts";
import { eventsPanel } from "../panels/events.ts";
import { footerLines, inTwo } from "../panels/footer.ts";
import { frame } from "../panels/frame.ts";
import { headerLine } from "../panels/header.ts";
import { breakLines, helpLines } from "../panels/help.ts";
import { type Messages, messagesPanel } from "../panels/messages.ts";
import type { PanelContent, PanelInput } from "../panels/panel.ts";
import { ringPanel } from "../panels/ring.ts";
import { zoomedRing } from "../panels/ring-zoomed.ts";
import { timeLine } from "../panels/time-line.ts";
import { trafficPanel } from "../panels/traffic.ts";
import { workersPanel } from "../panels/workers.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { plainLine } from "../text/plain.ts";
import { fit, type Line, span } from "../text/styled.ts";
import {
  type Band,
  type Cell,
  layoutOf,
  type PanelId,
  panelIds,
  type Size,
  smallest,
  usableRows,
} from "./layout.ts";
import type { UiState } from "./ui-state.ts";

export interface ScreenInput {
  readonly source: Source;
  readonly view: ClusterView;
  readonly playhead: Playhead;
  readonly ui: UiState;
  readonly size: Size;
  readonly glyphs: Glyphs;
  /** What the screen tells beside the cluster, such as the story of a demo; absent: nothing. */
  readonly caption: string | undefined;
}

/** So wide a terminal has a story on one line. */
const wideCaptionColumns = 110;

const titles: Readonly<Record<PanelId, string>> = {
  ring: "ring",
  clocks: "clocks",
  workers: "workers",
  traffic: "traffic",
  convergence: "convergence",
  events: "events",
  messages: "messages around now",
};

export function screenLines(input: ScreenInput): readonly Line[] {
  const lines = allLines(input);
  return input.glyphs.isAscii ? lines.map(plainLine) : lines;
}

function allLines(input: ScreenInput): readonly Line[] {
  const { source, view, playhead, ui, size, glyphs, caption } = input;
  const width = size.columns;
  const header = headerLine(view, playhead, source.kind, { width, glyphs });
  const captions = caption === undefined ? [] : captionLines(caption, width);
  const layout = layoutOf({ columns: size.columns, rows: size.rows - captions.length }, ui.zoomed);
  if (layout.kind === "too-small") return tooSmall(size);
  const body =
    ui.overlay === undefined
      ? layout.bands.flatMap((band) => bandLines(band, input))
      : overlayLines(input, captions.length);
  const time = timeLine({ view, playhead, bookmarks: source.bookmarks, width, glyphs });
  const below = ui.prompt?.kind === "command" ? completionLine(ui.prompt.text, source, width) : time;
  const footer = footerLines(ui, source.can, { width, glyphs });
  const last = footer.length > 1 ? footer : [below, ...footer];
  return [header, ...captions, ...body, ...last].map((line) => fit(line, width, glyphs.ellipsis));
}

/** Always as many on a terminal of this width: panels keep their place as the story goes on. */
function captionLines(caption: string, width: number): readonly Line[] {
  const [first, second = ""] = width >= wideCaptionColumns ? [caption] : inTwo(caption, width - 2);
  const lines = [first, second].map((text): Line => [span(` ${text}`, "key")]);
  return width >= wideCaptionColumns ? lines.slice(0, 1) : lines;
}

function tooSmall({ columns, rows }: Size): readonly Line[] {
  const text = `Terminal too small (${columns}x${rows}); need ${smallest.columns}x${smallest.rows}.`;
  const advice = "q quits; `tauring stat` needs one line.";
  return [fit([span(text)], columns), fit([span(advice, "dim")], columns)].slice(0, Math.max(1, rows - 1));
}

function bandLines(band: Band, input: ScreenInput): readonly Line[] {
  const columns = band.map((stack) => stack.flatMap((cell) => panelLines(cell, input)));
  return columns[0].map((_, row) => columns.flatMap((lines) => lines[row]));
}

function panelLines({ panel, width, height }: Cell, input: ScreenInput): readonly Line[] {
  const { ui, glyphs } = input;
  const content = contentOf(panel, { width: width - 2, height: height - 2, input });
  return frame(content.lines, {
    number: panelIds.indexOf(panel) + 1,
    title: titles[panel],
    note: content.note,
    width,
    height,
    isFocused: ui.focus === panel,
    glyphs,
  });
}

interface Inside {
  readonly width: number;
  readonly height: number;
  readonly input: ScreenInput;
}

function contentOf(panel: PanelId, { width, height, input }: Inside): PanelContent {
  const { view, ui, glyphs } = input;
  const isZoomed = ui.zoomed === panel;
  const panelInput: PanelInput = {
    view,
    width,
    height,
    glyphs,
    isZoomed,
    isFocused: ui.focus === panel,
    scroll: ui.scroll[panel] ?? 0,
    filter: ui.filter,
    marked: ui.marked,
    isByName: ui.isByName,
    isOverBytes: ui.isOverBytes,
  };
  switch (panel) {
    case "ring":
      return isZoomed ? zoomedRing(panelInput) : ringPanel(panelInput);
    case "clocks":
      return isZoomed ? zoomedClocks(panelInput) : clocksPanel(panelInput);
    case "workers":
      return workersPanel(panelInput);
    case "traffic":
      return trafficPanel(panelInput);
    case "convergence":
      return convergencePanel(panelInput);
    case "events":
      return eventsPanel(panelInput);
    case "messages":
      return messagesPanel(panelInput, messagesAround(input));
  }
}

/** Before now, and a quarter of it after: as long as it takes until there is something to see. */
const messageWindowsMicros = [4000, 16_000, 64_000, 256_000, 1_000_000];
const messagesMax = 300;
const messagesEnough = 12;

function messagesAround({ source, view }: ScreenInput): Messages | undefined {
  if (!source.can.messages) return undefined;
  for (const [index, before] of messageWindowsMicros.entries()) {
    const fromMicros = Math.max(0, view.atMicros - before);
    const toMicros = view.atMicros + before / 4;
    const list = source.messages(fromMicros, toMicros, messagesMax);
    const isLast = index === messageWindowsMicros.length - 1;
    if (isLast || list.length >= messagesEnough) return { list, fromMicros, toMicros };
  }
  return undefined;
}

function overlayLines({ source, ui, size, glyphs }: ScreenInput, captionRows: number): readonly Line[] {
  const width = size.columns;
  const height = usableRows(size) - 3 - captionRows;
  const isHelp = ui.overlay === "help";
  const all = isHelp ? helpLines(source, { width: width - 4, glyphs }) : breakLines(source);
  const first = Math.max(0, Math.min(ui.overlayScroll, all.length - (height - 2)));
  const more = all.length - first - (height - 2);
  const content = all.slice(first, first + height - 2).map((line): Line => [span(" "), ...line]);
  return frame(content, {
    number: undefined,
    title: isHelp ? "help" : "break things",
    note: more > 0 ? [span(`${more} more lines: j scrolls`, "warn")] : [],
    width,
    height,
    isFocused: true,
    glyphs,
  });
}

function completionLine(text: string, source: Source, width: number): Line {
  const shown = completions(text, source).slice(0, 40).join("  ");
  return fit([span(` ${shown === "" ? "nothing fits here" : shown}`, "dim")], width);
}
