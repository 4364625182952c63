/** Runs a screen on a terminal until the person leaves it: the only timer, the only one that knows the terminal. */
import type { ClusterView, Done, Source } from "../../observe/index.ts";
import type { Glyphs } from "../text/glyphs.ts";
import { paint } from "../text/paint.ts";
import type { Line } from "../text/styled.ts";
import { Controls } from "./controls.ts";
import { type Size, shownPanels } from "./layout.ts";
import { Painter } from "./painter.ts";
import { saveScreen } from "./save-screen.ts";
import { screenLines } from "./screen-lines.ts";
import { enterAlternateScreen } from "./terminal.ts";

export interface RunScreenOptions {
  readonly source: Source;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly glyphs: Glyphs;
  readonly hasColour: boolean;
  /** A line above the panels, such as the story of a demo. */
  readonly caption?: (view: ClusterView) => string | undefined;
}

const framesPerSecondMax = 10;
const tickEveryMs = 1000 / framesPerSecondMax;

/** The exit code: 0 where the person left, else that of the signal. */
export function runScreen(options: RunScreenOptions): Promise<number> {
  return new Promise((resolve) => new RunningScreen(options, resolve).start());
}

class RunningScreen {
  private readonly options: RunScreenOptions;
  private readonly controls: Controls;
  private readonly ended: (code: number) => void;
  private readonly painter = new Painter();
  private stop: () => void = () => {};
  private stopListening: () => void = () => {};
  private isDirty = true;
  private lastTick = 0;
  private isEnded = false;

  constructor(options: RunScreenOptions, ended: (code: number) => void) {
    this.options = options;
    this.ended = ended;
    this.controls = new Controls({
      source: options.source,
      quit: () => this.end(0),
      isShown: (panel) => shownPanels(this.size()).includes(panel),
      saveScreen: (): Done => saveScreen(this.lines(), process.cwd()),
    });
  }

  start(): void {
    const { source, input, output } = this.options;
    const anew = (): void => {
      output.write(this.painter.wiped());
      this.draw();
    };
    const screen = enterAlternateScreen(output, {
      stop: (code) => this.end(code),
      resumed: () => {
        // A shell had the terminal meanwhile, in the mode that it likes.
        if (input.isTTY) input.setRawMode(false).setRawMode(true);
        anew();
      },
    });
    // What is typed while the keyboard is loaded waits for it, and is not written onto the screen.
    if (input.isTTY) input.setRawMode(true);
    const changed = (): void => {
      this.isDirty = true;
    };
    const endings = [source.subscribe(changed), this.controls.subscribe(() => this.draw())];
    // What was drawn for another width is wrapped somewhere.
    output.on("resize", anew);
    this.lastTick = performance.now();
    const timer = setInterval(() => this.tick(), tickEveryMs);
    this.stop = () => {
      clearInterval(timer);
      output.off("resize", anew);
      for (const end of endings) end();
      this.stopListening();
      if (input.isTTY) input.setRawMode(false);
      screen.leave();
      source.close();
    };
    this.draw();
    void this.listen();
  }

  /** Ink takes longer to load than all else: there is something to see before. */
  private async listen(): Promise<void> {
    const { listenToKeys } = await import("./keyboard.tsx");
    if (this.isEnded) return;
    const { input, output } = this.options;
    this.stopListening = listenToKeys({ input, output, press: (key) => this.controls.press(key) });
  }

  private tick(): void {
    const now = performance.now();
    this.options.source.tick(now - this.lastTick);
    this.lastTick = now;
    if (this.isDirty) this.draw();
  }

  private draw(): void {
    if (this.isEnded) return;
    this.isDirty = false;
    const { hasColour, output } = this.options;
    const written = this.painter.frame(this.lines().map((line) => paint(line, hasColour)));
    if (written !== "") output.write(written);
  }

  private end(code: number): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.stop();
    this.ended(code);
  }

  private lines(): readonly Line[] {
    const { source, glyphs, caption } = this.options;
    const view = source.view();
    return screenLines({
      source,
      view,
      playhead: source.playhead(),
      ui: this.controls.state,
      size: this.size(),
      glyphs,
      caption: caption?.(view),
    });
  }

  /** A terminal without a size says 0. */
  private size(): Size {
    const { columns, rows } = this.options.output;
    return { columns: columns || 80, rows: rows || 24 };
  }
}
