/** The last line: what is asked, what was said, or the keys that do something now; two where more was said. */
import type { Capabilities } from "../../observe/index.ts";
import type { UiState } from "../app/ui-state.ts";
import { bindings, isOffered, keyName } from "../keys/bindings.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { bold, fit, inverse, type Line, span, type Span, widthOf } from "../text/styled.ts";

export function footerLines(
  ui: UiState,
  can: Capabilities,
  { width, glyphs }: { readonly width: number; readonly glyphs: Glyphs },
): readonly Line[] {
  if (ui.question !== undefined) {
    return inTwo(ui.question.text, width - 2).map((text) =>
      fit([bold(` ${text} `, "warn")], width, glyphs.ellipsis),
    );
  }
  if (ui.prompt !== undefined) return [promptLine(ui.prompt, width)];
  if (ui.message !== undefined) {
    const { text, isBad } = ui.message;
    const sign = isBad ? bold(" ! ", "warn") : span(" ");
    const lead = isBad ? span("   ") : span(" ");
    return inTwo(text, width - 4).map((part, row) =>
      fit([row === 0 ? sign : lead, span(part, isBad ? "warn" : "plain")], width, glyphs.ellipsis),
    );
  }
  return [keysLine(ui, can, width)];
}

/** Between words; what does not fit into two lines stays in the second. */
export function inTwo(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text];
  const end = text.lastIndexOf(" ", width);
  return end <= 0 ? [text] : [text.slice(0, end), text.slice(end + 1)];
}

function promptLine({ kind, text }: { readonly kind: string; readonly text: string }, width: number): Line {
  const sign = kind === "filter" ? " / " : " : ";
  const shown = text.slice(Math.max(0, text.length - (width - 6)));
  const help = kind === "filter" ? "enter keeps it, esc ends it" : "tab completes, enter runs, esc leaves";
  const line: Line = [bold(sign, "key"), span(shown), inverse(" ")];
  const room = width - widthOf(line) - help.length - 2;
  return room < 0 ? line : [...line, span(" ".repeat(room + 1)), span(help, "dim")];
}

const byImportance: readonly string[] = [
  "panel",
  "zoom",
  "command",
  "break",
  "pause",
  "why slow",
  "last failover",
  "event",
  "step",
  "filter",
  "speed",
];

function importance(word: string): number {
  const index = byImportance.indexOf(word);
  return index < 0 ? byImportance.length : index;
}

/** The most useful ones that fit; help and quit always do. */
function keysLine(ui: UiState, can: Capabilities, width: number): Line {
  const shown = bindings.filter((binding) => binding.short !== undefined && isOffered(binding, can));
  const names: { readonly key: string; readonly word: string }[] = shown.map(({ keys, short }) => ({
    key:
      short === "panel"
        ? can.messages
          ? "1-7"
          : "1-6"
        : short === "speed"
          ? "-="
          : short === "step"
            ? ",."
            : short === "event"
              ? "<>"
              : keyName(keys[0]),
    word: short ?? "",
  }));
  if (ui.zoomed !== undefined || ui.overlay !== undefined) names.unshift({ key: "esc", word: "back" });
  const must = names.filter(({ word }) => ["help", "quit", "back"].includes(word));
  const others = names.filter(({ word }) => !["help", "quit", "back"].includes(word));
  const cost = ({ key, word }: { readonly key: string; readonly word: string }): number =>
    key.length + word.length + 3;
  let left = width - 1 - must.reduce((sum, name) => sum + cost(name), 0);
  const kept = new Set<string>();
  for (const name of [...others].sort((a, b) => importance(a.word) - importance(b.word))) {
    if (cost(name) > left) continue;
    left -= cost(name);
    kept.add(name.word);
  }
  const line: Span[] = [span(" ")];
  for (const { key, word } of [
    ...must.filter(({ word: w }) => w === "back"),
    ...others.filter(({ word }) => kept.has(word)),
    ...must.filter(({ word: w }) => w !== "back"),
  ]) {
    line.push(bold(key, "key"), span(` ${word}  `, "dim"));
  }
  return fit(line, width);
}
