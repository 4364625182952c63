/** What is written is enough: after each frame a terminal shows it, whatever was shown before. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Painter } from "../../src/tui/app/painter.ts";
import { Emulator } from "./emulator.ts";

const columns = 8;
const row = fc
  .array(fc.constantFrom("a", "─", "█", " "), { minLength: columns, maxLength: columns })
  .map((cells) => cells.join(""));
const frames = fc.array(fc.array(row, { maxLength: 5 }), { minLength: 1, maxLength: 6 });

test("a terminal that was told of each frame shows the last one", async () => {
  await fc.assert(
    fc.asyncProperty(frames, async (all) => {
      const terminal = new Emulator(columns, 6);
      const painter = new Painter();
      for (const rows of all) terminal.output.write(painter.frame(rows));
      const shown = (await terminal.screen()).map((text) => text.trimEnd());
      const last = all.at(-1)?.map((text) => text.trimEnd()) ?? [];
      expect(shown).toEqual([...last, ...Array.from({ length: 6 - last.length }, () => "")]);
      expect(terminal.scrolledAway).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test("rows that are as before are not written", () => {
  const painter = new Painter();
  painter.frame(["same", "old "]);
  expect(painter.frame(["same", "new "])).toBe("\u001b[2;1Hnew ");
  expect(painter.frame(["same", "new "])).toBe("");
  expect(painter.frame(["same"])).toBe("\u001b[2;1H\u001b[2K");
  expect(painter.wiped() + painter.frame(["same"])).toBe("\u001b[2J\u001b[1;1Hsame");
});
