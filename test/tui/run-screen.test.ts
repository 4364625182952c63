/** The running screen on an emulated terminal: exact cells, after keys and after changes of size. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { plainText } from "../../src/tui/app/save-screen.ts";
import { screenLines } from "../../src/tui/app/screen-lines.ts";
import { initialState } from "../../src/tui/app/ui-state.ts";
import { unicode } from "../../src/tui/text/glyphs.ts";
import { Emulator, settled } from "./emulator.ts";
import { clusterOf, FixedSource, withFailover, withWait } from "./fixture.ts";

// Ink takes the terminal for a build machine's as it is loaded: it may do so, as it does not draw.
vi.hoisted(() => {
  process.env.CI = "true";
});
const { runScreen } = await import("../../src/tui/index.ts");

let source: FixedSource;
let terminal: Emulator;
let ended: Promise<number>;

function start(columns: number, rows: number): void {
  source = new FixedSource(withFailover(withWait(clusterOf({ servers: 4, workers: 3 }))));
  terminal = new Emulator(columns, rows);
  ended = runScreen({
    source,
    input: terminal.input,
    output: terminal.output,
    glyphs: unicode,
    hasColour: true,
  });
}

function expected(columns: number, rows: number): readonly string[] {
  const lines = screenLines({
    source,
    view: source.view(),
    playhead: source.playhead(),
    ui: initialState,
    size: { columns, rows },
    glyphs: unicode,
    caption: undefined,
  });
  const text = plainText(lines).split("\n").slice(0, -1);
  return [...text, ...Array.from({ length: rows - text.length }, () => "")];
}

beforeEach(async () => {
  start(120, 40);
  await settled();
});

afterEach(async () => {
  await terminal.press("q");
});

test("the cells are those of the lines, on the other screen, and nothing scrolls away", async () => {
  expect(await terminal.screen()).toEqual(expected(120, 40));
  expect(terminal.isAlternate).toBe(true);
  expect(terminal.scrolledAway).toBe(0);
});

test.each([
  [80, 24],
  [140, 50],
  [60, 16],
])("after a change to %d x %d nothing of before is left", async (columns, rows) => {
  await terminal.resize(columns, rows);
  expect(await terminal.screen()).toEqual(expected(columns, rows));
  expect(terminal.scrolledAway).toBe(0);
});

test("too small, and large again", async () => {
  await terminal.resize(50, 12);
  expect((await terminal.screen())[0]).toContain("Terminal too small (50x12); need 60x16.");
  await terminal.resize(120, 40);
  expect(await terminal.screen()).toEqual(expected(120, 40));
});

test("keys change the screen, and a new view comes by itself", async () => {
  await terminal.press("2", "2");
  expect((await terminal.screen())[1]).toContain("2 clocks");
  await terminal.press("\u001b", "w");
  expect((await terminal.screen()).at(-2)).toContain("slowest: worker-0, 4 tasks behind");
  source.show({ ...source.view(), header: { ...source.view().header, job: "another" } });
  await settled();
  expect((await terminal.screen())[0]).toContain("another");
});

test("the time between two frames is a tenth of a second, however often the view changes", async () => {
  const before = terminal.written.length;
  const began = performance.now();
  for (let i = 0; i < 50; i++) {
    source.show({ ...source.view(), header: { ...source.view().header, job: `job ${i}` } });
    await settled(4);
  }
  await settled();
  // Each frame has another header, and nothing else.
  const frames = terminal.written.slice(before).split("\u001b[1;1H").length - 1;
  expect(frames).toBeGreaterThan(1);
  expect(frames).toBeLessThan((performance.now() - began) / 100 + 3);
});

test("leaving brings the other screen and the cursor back, ends the source, and is exit code 0", async () => {
  await terminal.press("q");
  expect(await ended).toBe(0);
  await terminal.screen();
  expect(terminal.isAlternate).toBe(false);
  expect(terminal.written).toContain("\u001b[?25h");
  expect(source.asked).toContain("close");
  expect(source.listeners.size).toBe(0);
});
