/** The component on Ink: what it draws at a fixed width, what keys reach it, and what it leaves in memory. */
import { Box } from "ink";
import { render } from "ink-testing-library";
import { createElement } from "react";
import { expect, test } from "vitest";
import { Screen } from "../../src/tui/app/screen.tsx";
import { bold, type Line, span } from "../../src/tui/text/styled.ts";

const lines: readonly Line[] = [
  [bold("ring", "title"), span(" of 4")],
  [span("a line that is longer than that")],
];

function screen(press: (key: string) => void = () => {}, width = 16): ReturnType<typeof createElement> {
  return createElement(Screen, { lines, width, hasColour: false, press });
}

test("each line is as wide as the screen", () => {
  const { lastFrame, unmount } = render(screen());
  expect(lastFrame()).toBe(
    "\u001b[1mring\u001b[0m of 4\na line that is …".replace("\u001b[0m", "\u001b[22m"),
  );
  unmount();
});

test("it stands beside other components", () => {
  const { lastFrame, unmount } = render(createElement(Box, {}, screen(undefined, 8), screen(undefined, 8)));
  expect(lastFrame()?.split("\n")[1]).toBe("a line …a line …");
  unmount();
});

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

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
  const { stdin, unmount } = render(screen((key) => keys.push(key)));
  await settled();
  stdin.write(typed);
  await settled();
  expect(keys).toEqual(heard);
  unmount();
});
