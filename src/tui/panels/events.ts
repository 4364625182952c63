/** What happened, the newest at the bottom. */
import type { ClusterView, EventView } from "../../observe/index.ts";
import { type Line, padEnd, padStart, span, type Tone, wrapped } from "../text/styled.ts";
import { momentIn } from "../text/moments.ts";
import { matches, nodeTone, type PanelContent, type PanelInput } from "./panel.ts";
import { severityLook } from "./states.ts";

/** Of what is said of an event: after its time, how bad it is, and its node. */
const indent = 29;

export function eventsPanel(input: PanelInput): PanelContent {
  const { view, width, height, filter, scroll, isZoomed } = input;
  const events = view.events.filter(
    (event) =>
      (isZoomed || filter !== "" || event.severity !== "detail") &&
      matches(filter, event.node, event.kind, event.text, event.severity),
  );
  const end = Math.max(Math.min(height, events.length), events.length - scroll);
  const shown = events.slice(Math.max(0, end - height), end);
  const note: Line = [
    ...(filter === "" ? [] : [span(`filter: ${filter}  `, "key")]),
    span(`${events.length} of ${view.events.length}`, "dim"),
    ...(end < events.length ? [span(`, ${events.length - end} newer below`, "warn")] : []),
  ];
  if (events.length === 0) {
    const text = filter === "" ? "nothing happened so far" : "no event has the filter's text: esc ends it";
    return { note, lines: [[span(text, "dim")]] };
  }
  if (!isZoomed) return { note, lines: shown.map((event) => eventLine(event, view)) };
  // Where it has the screen, each is there with all its words.
  const whole = shown.flatMap((event) => wrapped(eventLine(event, view), width, indent));
  return { note, lines: whole.slice(-height) };
}

function eventLine({ at, node, severity, text }: EventView, view: ClusterView): Line {
  const { word, tone } = severityLook(severity);
  const textTone: Tone = severity === "detail" ? "dim" : severity === "info" ? "plain" : tone;
  return [
    span(padStart(momentIn(view, at), 10), "dim"),
    span(` ${word} `, tone),
    span(padEnd(node, 12), node.includes("-") ? nodeTone(node) : "dim"),
    span(text, textTone),
  ];
}
