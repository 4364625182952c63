/** Words, numbers and small pictures, before any panel. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bar, resampled, sparkline } from "../../src/tui/text/charts.ts";
import { ascii, glyphsFor, unicode } from "../../src/tui/text/glyphs.ts";
import { hasColours, paint } from "../../src/tui/text/paint.ts";
import { bold, fields, fit, span, textOf, widthOf, wrapped } from "../../src/tui/text/styled.ts";
import { bytes, count, duration, moment, objective, position, share } from "../../src/tui/text/units.ts";

describe("numbers", () => {
  test.each([
    [bytes(0), "0 B"],
    [bytes(999), "999 B"],
    [bytes(1000), "1.00 kB"],
    [bytes(999_499), "999 kB"],
    [bytes(999_500), "1.00 MB"],
    [bytes(12_345_678), "12.3 MB"],
    [count(1234), "1,234"],
    [count(99_999), "99,999"],
    [count(123_456), "123k"],
    [count(1_234_567), "1.23M"],
    [duration(0), "0 µs"],
    [duration(999), "999 µs"],
    [duration(1000), "1.00 ms"],
    [duration(999_499), "999 ms"],
    [duration(999_500), "1.00 s"],
    [duration(125_000_000), "2m 05s"],
    [duration(7_260_000_000), "2h 01m"],
    [moment(150_000), "0.150s"],
    [share(0), "0 %"],
    [share(0.004), "0.4 %"],
    [share(0.5), "50 %"],
    [share(1), "100 %"],
    [objective(10591.68323), "10591.7"],
    [objective(0.41273), "0.4127"],
    [position(0x1a2b_ffff), "1a2b"],
  ])("%s", (shown, expected) => {
    expect(shown).toBe(expected);
  });
});

describe("lines", () => {
  test("are cut with an ellipsis and filled with blanks", () => {
    expect(textOf(fit([span("abc"), bold("def")], 4))).toBe("abc…");
    expect(textOf(fit([span("abc")], 5))).toBe("abc  ");
    expect(fit([span("abc")], 0)).toEqual([]);
  });

  test("have one cell a character: what is wider or does not print becomes a question mark", () => {
    expect(textOf([span("a\u001b[31m\n界\u{1f600}é→█")])).toBe("a?[31m????é→█".replace("????", "???"));
    expect(widthOf([span("界界")])).toBe(2);
  });

  test("are wrapped without losing a word", () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 60 }), (all, width) => {
        const lines = wrapped([span("at "), span(all.join(" "))], width, 3);
        expect(lines.every((line) => widthOf(line) <= width)).toBe(true);
        expect(lines.map(textOf).join(" ").trim().split(/\s+/)).toEqual(["at", ...all]);
      }),
    );
  });

  test("leave out whole fields, the least important first, and keep their order", () => {
    const parts = [
      { line: [span("aaaa")], keep: 1 },
      { line: [span("bbbb")], keep: 3 },
      { line: [span("cccc")], keep: 2 },
    ];
    expect(textOf(fields(parts, 16))).toBe("aaaa  bbbb  cccc");
    expect(textOf(fields(parts, 15))).toBe("bbbb  cccc");
    expect(textOf(fields(parts, 5))).toBe("bbbb");
  });
});

describe("pictures", () => {
  test("a bar shows something for something, and not all for not all", () => {
    const text = (part: number): string => textOf(bar(part, 8, unicode, "good"));
    expect(text(0)).toBe("░░░░░░░░");
    expect(text(0.001)).toBe("█░░░░░░░");
    expect(text(0.25)).toBe("██░░░░░░");
    expect(text(0.999)).toBe("███████░");
    expect(text(1)).toBe("████████");
    expect(textOf(bar(0.5, 4, ascii, "good"))).toBe("##..");
  });

  test("a curve has its highest and its lowest value at the ends of its scale", () => {
    expect(sparkline([0, 1, 2, 3], 8, unicode)).toBe("▁▃▆█");
    expect(sparkline([5, 5, 0, 7], 2, unicode)).toBe("▁█");
    expect(sparkline([], 8, unicode)).toBe("");
    expect(resampled([1, 3, 5, 7], 2)).toEqual([2, 6]);
  });
});

describe("what the terminal can do", () => {
  test.each([
    [{ LANG: "C.UTF-8" }, false, unicode],
    [{ LANG: "en_US.utf8" }, false, unicode],
    [{ LANG: "C" }, false, ascii],
    [{}, false, ascii],
    [{ LC_ALL: "C", LANG: "C.UTF-8" }, false, ascii],
    [{ LANG: "C.UTF-8" }, true, ascii],
  ])("%j, asked for ASCII: %s", (environment, isAsked, expected) => {
    expect(glyphsFor(isAsked, environment)).toBe(expected);
  });

  test.each([
    [{}, true],
    [{ NO_COLOR: "1" }, false],
    [{ NO_COLOR: "" }, true],
    [{ TERM: "dumb" }, false],
  ])("colours with %j: %s", (environment, expected) => {
    expect(hasColours(environment)).toBe(expected);
  });

  test("without colours bold stays", () => {
    const line = [bold("a", "bad"), span("b", "good")];
    expect(paint(line, false)).toBe("\u001b[1ma\u001b[0mb");
    expect(paint(line, true)).toBe("\u001b[1;38;5;167ma\u001b[0m\u001b[38;5;108mb\u001b[0m");
  });
});
