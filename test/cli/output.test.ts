import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { say, showStatus, wrap } from "../../src/cli/output.ts";

test("wrap keeps words under the first, in lines of at most 80 columns", () => {
  const words = Array.from({ length: 30 }, (_, i) => `word-${i}`);
  const lines = wrap("words    ", words).split("\n");
  expect(lines.length).toBeGreaterThan(2);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  for (const line of lines.slice(1)) expect(line).toMatch(/^ {9}word/);
  expect(lines.join(" ").split(/ +/).slice(1)).toEqual(words);
});

describe("the status line", () => {
  let written: string;
  const { isTTY, columns } = process.stderr;
  const terminal = (is: boolean, width = 20): void => {
    Object.assign(process.stderr, { isTTY: is, columns: width });
  };
  beforeEach(() => {
    written = "";
    vi.stubEnv("TERM", "xterm");
    vi.spyOn(process.stderr, "write").mockImplementation((text: string | Uint8Array) => {
      written += String(text);
      return true;
    });
  });
  afterEach(() => {
    showStatus("");
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    Object.assign(process.stderr, { isTTY, columns });
  });

  test("stands below what is said, is cut to the terminal, and goes away without a trace", () => {
    terminal(true);
    showStatus("pass 3 of a very long story");
    say("pass 2");
    showStatus("");
    expect(written).toBe(
      "pass 3 of a very lo" + "\r\u001b[K" + "pass 2\n" + "pass 3 of a very lo" + "\r\u001b[K",
    );
  });

  test("is nothing in a file, a pipe or a dumb terminal", () => {
    terminal(false);
    showStatus("pass 3");
    terminal(true);
    vi.stubEnv("TERM", "dumb");
    showStatus("pass 3");
    say("pass 2");
    expect(written).toBe("pass 2\n");
  });

  test("does not fail where a terminal has no width", () => {
    terminal(true, 0);
    showStatus("pass 3");
    expect(written).toBe("pass 3");
  });
});
