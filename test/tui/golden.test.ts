/**
 * The main screens of a recorded run, cell by cell: a small simulation in which a worker was slow and a server died. After
 * a change that is meant, `npx vitest run test/tui/golden.test.ts -u` draws them again: look at each before it is kept. The
 * pictures in docs/screens are drawn from the same lines.
 */
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Size } from "../../src/tui/app/layout.ts";
import { plainText } from "../../src/tui/app/save-screen.ts";
import { screenLines } from "../../src/tui/app/screen-lines.ts";
import { initialState, type UiState } from "../../src/tui/app/ui-state.ts";
import { ascii, type Glyphs, unicode } from "../../src/tui/text/glyphs.ts";
import { svgOf } from "../../src/tui/text/svg.ts";
import { readTrace, TraceSource } from "../../src/observe/index.ts";

const here = join(import.meta.dirname, "golden");
const pictures = join(import.meta.dirname, "../../docs/screens");
const read = readTrace(join(here, "server-lost.jsonl.gz"));
if (!read.ok) throw new Error(read.reason);
const source = new TraceSource({ title: "server-lost.jsonl.gz", facts: read.trace.facts });

interface Screen {
  readonly name: string;
  readonly atMicros: number;
  readonly ui?: Partial<UiState>;
  readonly size?: Size;
  readonly glyphs?: Glyphs;
  /** Drawn for the documentation as well. */
  readonly picture?: string;
}

const moving = 207_200;
const wide: Size = { columns: 120, rows: 40 };
const compact: Size = { columns: 80, rows: 24 };

const screens: readonly Screen[] = [
  { name: "overview", atMicros: 209_000, picture: "a server has died, and others take over" },
  { name: "overview-end", atMicros: 445_000 },
  { name: "ring", atMicros: moving, ui: { focus: "ring", zoomed: "ring" }, picture: "the ring as a circle" },
  {
    name: "clocks",
    atMicros: 150_000,
    ui: { focus: "clocks", zoomed: "clocks" },
    picture: "who waits for whom",
  },
  { name: "workers", atMicros: 150_000, ui: { focus: "workers", zoomed: "workers" } },
  { name: "traffic", atMicros: 420_000, ui: { focus: "traffic", zoomed: "traffic" } },
  { name: "convergence", atMicros: 445_000, ui: { focus: "convergence", zoomed: "convergence" } },
  { name: "events", atMicros: moving, ui: { focus: "events", zoomed: "events" } },
  {
    name: "messages",
    atMicros: 60_000,
    ui: { focus: "messages", zoomed: "messages" },
    picture: "messages in space and time",
  },
  { name: "help", atMicros: moving, ui: { overlay: "help" } },
  { name: "compact", atMicros: moving, size: compact },
  { name: "ascii", atMicros: moving, size: compact, glyphs: ascii },
];

test.each(screens)("$name", async ({ name, atMicros, ui, size = wide, glyphs = unicode, picture }) => {
  source.goTo(atMicros);
  const lines = screenLines({
    source,
    view: source.view(),
    playhead: source.playhead(),
    ui: { ...initialState, ...ui },
    size,
    glyphs,
    caption: undefined,
  });
  await expect(plainText(lines)).toMatchFileSnapshot(join(here, `${name}.txt`));
  if (picture === undefined) return;
  await expect(svgOf(lines, `tauring top: ${picture}`)).toMatchFileSnapshot(join(pictures, `${name}.svg`));
});
