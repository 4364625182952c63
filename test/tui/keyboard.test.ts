/** The component on Ink: what keys reach it, and that it draws nothing. */
import { render } from "ink-testing-library";
import { createElement } from "react";
import { expect, test, vi } from "vitest";
import { Keyboard } from "../../src/tui/app/keyboard.tsx";

const within = { timeout: 60_000, interval: 5 };

test.each([
  ["q", ["q"]],
  ["\u001b[A", ["up"]],
  ["\u001b[6~", ["page-down"]],
  ["\r", ["enter"]],
  ["\t", ["tab"]],
  ["\u001b[Z", ["shift-tab"]],
  ["\u007f", ["backspace"]],
  ["\u0003", ["ctrl-c"]],
  [" ", [" "]],
  [":key 7\r", [":", "k", "e", "y", " ", "7", "enter"]],
])("%j is heard as %j", async (typed, heard) => {
  const keys: string[] = [];
  const { stdin, lastFrame, unmount } = render(
    createElement(Keyboard, { press: (key: string) => keys.push(key) }),
  );
  // Ink listens once it has mounted; what is typed before is nobody's.
  await vi.waitUntil(() => stdin.listenerCount("readable") > 0, within);
  stdin.write(typed);
  await vi.waitUntil(() => keys.length >= heard.length, within);
  expect(keys).toEqual(heard);
  expect(lastFrame()).toBe("");
  unmount();
});
