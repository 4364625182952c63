/** What a terminal sends, as names of keys: `a`, `?`, `enter`, `escape`, `up`, `ctrl-c`. */
import type { Key } from "ink";

/** Several where much was typed or pasted at once. */
export function keysOf(input: string, key: Key): readonly string[] {
  const named = namedKey(key);
  if (named !== undefined) return [named];
  if (key.ctrl) return [`ctrl-${input}`];
  return [...input].map((letter) =>
    letter === "\r" || letter === "\n" ? "enter" : letter === "\t" ? "tab" : letter,
  );
}

function namedKey(key: Key): string | undefined {
  if (key.return) return "enter";
  if (key.escape) return "escape";
  if (key.tab) return key.shift ? "shift-tab" : "tab";
  if (key.backspace || key.delete) return "backspace";
  if (key.upArrow) return "up";
  if (key.downArrow) return "down";
  if (key.leftArrow) return "left";
  if (key.rightArrow) return "right";
  if (key.pageUp) return "page-up";
  if (key.pageDown) return "page-down";
  return undefined;
}
