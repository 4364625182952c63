/** The whole screen at every size: it fits, it says what is wrong first, and it stays usable with a thousand nodes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PanelId, panelIds } from "../../src/tui/app/layout.ts";
import { plainText } from "../../src/tui/app/save-screen.ts";
import { screenLines } from "../../src/tui/app/screen-lines.ts";
import { initialState, type UiState } from "../../src/tui/app/ui-state.ts";
import { ascii, type Glyphs, unicode } from "../../src/tui/text/glyphs.ts";
import { type Line, textOf, widthOf } from "../../src/tui/text/styled.ts";
import { clusterOf, FixedSource, withFailover, withWait } from "./fixture.ts";

interface Drawn {
  readonly source: FixedSource;
  readonly ui?: Partial<UiState>;
  readonly columns?: number;
  readonly rows?: number;
  readonly glyphs?: Glyphs;
}

function draw({ source, ui = {}, columns = 120, rows = 40, glyphs = unicode }: Drawn): readonly Line[] {
  return screenLines({
    source,
    view: source.view(),
    playhead: source.playhead(),
    ui: { ...initialState, ...ui },
    size: { columns, rows },
    glyphs,
    caption: undefined,
  });
}

const troubled = new FixedSource(withFailover(withWait(clusterOf({ servers: 4, workers: 3 }))));

test("every screen is as wide as the terminal, and a row lower than it is high", () => {
  const shown = fc.record({
    columns: fc.integer({ min: 1, max: 220 }),
    rows: fc.integer({ min: 2, max: 80 }),
    servers: fc.integer({ min: 1, max: 30 }),
    workers: fc.integer({ min: 0, max: 30 }),
    zoomed: fc.option(fc.constantFrom(...panelIds), { nil: undefined }),
    overlay: fc.constantFrom("help" as const, "break" as const, undefined, undefined),
    filter: fc.constantFrom("", "server", "nothing has this"),
    scroll: fc.integer({ min: 0, max: 50 }),
    isAscii: fc.boolean(),
  });
  fc.assert(
    fc.property(shown, ({ columns, rows, servers, workers, zoomed, overlay, filter, scroll, isAscii }) => {
      const source = new FixedSource(withFailover(clusterOf({ servers, workers: Math.max(1, workers) })));
      const ui = { zoomed, overlay, filter, scroll: Object.fromEntries(panelIds.map((id) => [id, scroll])) };
      const lines = draw({ source, ui, columns, rows, glyphs: isAscii ? ascii : unicode });
      expect(lines.every((line) => widthOf(line) === columns)).toBe(true);
      expect(lines.length).toBeLessThanOrEqual(rows - 1);
      if (isAscii) expect(lines.map(textOf).join("")).toMatch(/^[ -~]*$/);
    }),
    { numRuns: 300, seed: 5 },
  );
});

describe("at 120x40", () => {
  const text = plainText(draw({ source: troubled }));
  test.each([
    ["which server is lost stands first in the ring", /server +owns.*\n│✗ server-1 .* lost for 362 ms/],
    [
      "the last failover and how long it took",
      /last failover: server-1 lost at 0\.150s.*\n.*took 331 ms, by server-2, server-3/,
    ],
    [
      "the worker that is furthest behind stands first in the clocks",
      /worker +clock +lag +progress.*\n.*worker-0 +114 +4/,
    ],
    ["who waits for whom", /worker-2 +116 .* on worker-0 task 115/],
    ["why", /why: worker-2 waits 8\.40 ms.*\n.*└─ worker-0 computing/],
    ["the promise of the job", /bounded delay, τ = 4/],
    ["what moves", /moving: server-0 to server-2, 42 % done/],
    ["what the filters saved", /2\.7× less/],
    ["the moment and the end", /0\.512s \/ 1\.055s/],
  ])("it shows %s", (_what, pattern) => {
    expect(text).toMatch(pattern);
  });
});

test("moments of a machine's clock are shown since the cluster began", () => {
  const view = troubled.view();
  const began = 40_370_000_000;
  const later = {
    ...view,
    atMicros: began + 512_000,
    header: { ...view.header, startedAt: began },
    events: view.events.map((event) => ({ ...event, at: began + event.at })),
  };
  const [header, ...lines] = plainText(draw({ source: new FixedSource(later, undefined, "live") })).split(
    "\n",
  );
  expect(header).toMatch(/LIVE .*paused/);
  expect(lines.join("\n")).toContain("0.150s FAULT world");
});

test("at 80x24 the header drops whole fields, and keeps the state, the verdict and the time", () => {
  const [header] = plainText(draw({ source: troubled, columns: 80, rows: 24 })).split("\n");
  expect(header).toMatch(/running {2}✓ checks hold .*1 lost .*0\.512s \/ 1\.055s/);
  expect(header).not.toContain("…");
});

test("below 60x16 it says what it needs", () => {
  expect(plainText(draw({ source: troubled, columns: 59, rows: 24 }))).toContain(
    "too small (59x24); need 60x16",
  );
  expect(plainText(draw({ source: troubled, columns: 80, rows: 15 }))).toContain(
    "too small (80x15); need 60x16",
  );
  expect(plainText(draw({ source: troubled, columns: 60, rows: 16 }))).toContain("ring");
});

describe("with a thousand nodes", () => {
  const crowd = new FixedSource(withFailover(withWait(clusterOf({ servers: 500, workers: 500, points: 2 }))));

  test("those in trouble come first, and it is said how many are hidden", () => {
    const lines = plainText(draw({ source: crowd })).split("\n");
    expect(lines[1]).toMatch(/500 servers, 1000 segments, \d+ hidden/);
    expect(lines[4]).toContain("✗ server-1 ");
    expect(lines[3]).toContain("worker-0");
  });

  test.each(panelIds)("the panel %s fills the screen and scrolls to its end", (zoomed: PanelId) => {
    const first = plainText(draw({ source: crowd, ui: { zoomed } }));
    const last = plainText(
      draw({ source: crowd, ui: { zoomed, scroll: { [zoomed]: 100_000 }, isByName: true } }),
    );
    expect(first.split("\n").length).toBe(40);
    if (zoomed === "clocks" || zoomed === "workers") expect(last).toContain("worker-499");
    if (zoomed === "ring") expect(last).toContain("–end");
  });

  test("many servers are columns of heat beside each worker", () => {
    const text = plainText(draw({ source: crowd, ui: { zoomed: "clocks" } }));
    expect(text).toMatch(/servers hidden/);
    expect(text).toMatch(/worker-\d+ +\d+ +\d [▁▂▃▄▅▆▇█]{80}/);
  });

  test("a filter finds the one that is asked for", () => {
    const text = plainText(draw({ source: crowd, ui: { zoomed: "workers", filter: "worker-317" } }));
    expect(text.match(/worker-\d+/g)).toEqual(["worker-317"]);
  });

  test("a frame is made in a small part of the time between two", () => {
    draw({ source: crowd });
    const began = performance.now();
    for (let i = 0; i < 20; i++) draw({ source: crowd });
    // Not a measurement: it is some milliseconds, and would be seconds where it grows with the square of the nodes.
    expect((performance.now() - began) / 20).toBeLessThan(500);
  });
});

test("help names every key and command that the source can do, and no other", () => {
  const text = plainText(draw({ source: troubled, ui: { overlay: "help" }, columns: 130, rows: 100 }));
  expect(text).toMatch(/Which server masters a key\? +:key 12345/);
  expect(text).toMatch(/goto TIME/);
  expect(text).not.toMatch(/\bkill\b/);
  expect(text).not.toMatch(/\bbranch\b/);
});

test("what does not fit one line is said in two, and not cut", () => {
  const said =
    "last failover: server-1 lost at 0.080s, noticed after 124 ms, 4 segments taken over after 126 ms";
  const message = { text: said, isBad: false };
  const lines = draw({ source: troubled, ui: { message }, columns: 80, rows: 24 }).map(textOf);
  expect(
    lines
      .slice(-2)
      .map((line) => line.trim())
      .join(" "),
  ).toBe(said);
  expect(lines).toHaveLength(23);
});
