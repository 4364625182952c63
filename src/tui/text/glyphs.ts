/** The characters that a screen is drawn with: Unicode, or plain ASCII where the terminal has nothing else. */
export interface Glyphs {
  readonly isAscii: boolean;
  /** Corners from the upper left clockwise, then the horizontal and the vertical line. */
  readonly box: readonly [string, string, string, string, string, string];
  readonly heavy: string;
  readonly full: string;
  readonly empty: string;
  /** From lowest to highest. */
  readonly levels: readonly string[];
  readonly running: string;
  readonly waiting: string;
  readonly gone: string;
  readonly warning: string;
  readonly good: string;
  readonly arrow: string;
  readonly back: string;
  readonly up: string;
  readonly down: string;
  readonly pause: string;
  readonly play: string;
  readonly cursor: string;
  readonly dot: string;
  readonly ellipsis: string;
  readonly tau: string;
  readonly micro: string;
  readonly times: string;
  readonly dash: string;
}

export const unicode: Glyphs = {
  isAscii: false,
  box: ["╭", "╮", "╯", "╰", "─", "│"],
  heavy: "━",
  full: "█",
  empty: "░",
  levels: [..."▁▂▃▄▅▆▇█"],
  running: "●",
  waiting: "◌",
  gone: "✗",
  warning: "!",
  good: "✓",
  arrow: "→",
  back: "←",
  up: "↑",
  down: "↓",
  pause: "‖",
  play: "▶",
  cursor: "◆",
  dot: "·",
  ellipsis: "…",
  tau: "τ",
  micro: "µ",
  times: "×",
  dash: "–",
};

export const ascii: Glyphs = {
  isAscii: true,
  box: ["+", "+", "+", "+", "-", "|"],
  heavy: "=",
  full: "#",
  empty: ".",
  levels: [..."_.:-=+*#"],
  running: "*",
  waiting: "o",
  gone: "x",
  warning: "!",
  good: "ok",
  arrow: "->",
  back: "<-",
  up: "^",
  down: "v",
  pause: "||",
  play: ">",
  cursor: "^",
  dot: ".",
  ellipsis: "~",
  tau: "tau",
  micro: "u",
  times: "x",
  dash: "-",
};

/** ASCII where it is asked for, or where the locale does not say UTF-8. */
export function glyphsFor(
  isAsciiAsked: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Glyphs {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "";
  return isAsciiAsked || !/utf-?8/i.test(locale) ? ascii : unicode;
}
