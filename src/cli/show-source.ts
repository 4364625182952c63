/** A source on the terminal: the live screen, or, where there is no terminal, the screen once as text. */
import type { ClusterView, Source } from "../observe/index.ts";
import { print } from "./output.ts";

export interface ShowOptions {
  readonly isAscii: boolean;
  /** A line above the panels tells what happens. */
  readonly isTold?: boolean;
  /** Said above the panels instead of the story, while there is something. */
  readonly notice?: () => string | undefined;
  /** Its seconds are those of whoever reads the line. */
  readonly isLive?: boolean;
  /** Brings a source to the moment that is worth a single picture. */
  readonly settle: () => void;
}

/** Of the picture that a pipe gets. */
const pictureColumns = 120;
const pictureRows = 40;

/** Time to read what was done about a loss. */
const liveToldMicros = 8_000_000;

/** A run that is played lasts so long at least. */
const playSecondsMin = 15;

/** The greatest power of two at which a run lasts long enough to be watched. */
export function playSpeed(micros: number): number {
  const speed = 2 ** Math.floor(Math.log2(micros / 1e6 / playSecondsMin));
  return Math.min(64, Math.max(1 / 64, speed));
}

/** A terminal that shows more than lines, and somebody who sees it. */
export function hasScreen(): boolean {
  const { env, stdout } = process;
  return stdout.isTTY === true && env.TERM !== "dumb" && env.INK_SCREEN_READER !== "true";
}

/** The exit code. */
export async function showSource(source: Source, options: ShowOptions): Promise<number> {
  const { env, stdin, stdout } = process;
  const tui = await import("../tui/index.ts");
  const caption = (view: ClusterView): string | undefined => {
    const notice = options.notice?.();
    if (notice !== undefined || options.isTold !== true) return notice;
    return tui.story(view, options.isLive === true ? { toldMicros: liveToldMicros, hasMessages: false } : {});
  };
  const glyphs = tui.glyphsFor(options.isAscii, env);
  if (!hasScreen()) {
    options.settle();
    const size = { columns: stdout.columns || pictureColumns, rows: pictureRows };
    print(tui.snapshot({ source, size, glyphs, caption }).trimEnd());
    source.close();
    return 0;
  }
  return tui.runScreen({
    source,
    input: stdin,
    output: stdout,
    glyphs,
    hasColour: tui.hasColours(env),
    caption,
  });
}
