/** Runs a screen on a terminal until the person leaves it: the only timer, the only one that knows the terminal. */
import { type Instance, render } from "ink";
import type { ClusterView, Done, Source } from "../../observe/index.ts";
import type { Glyphs } from "../text/glyphs.ts";
import type { Line } from "../text/styled.ts";
import { Controls } from "./controls.ts";
import { type Size, shownPanels } from "./layout.ts";
import { saveScreen } from "./save-screen.ts";
import { Screen } from "./screen.tsx";
import { screenLines } from "./screen-lines.ts";
import { enterAlternateScreen } from "./terminal.ts";

export interface RunScreenOptions {
  readonly source: Source;
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly glyphs: Glyphs;
  readonly hasColour: boolean;
  /** A line above the panels, such as the story of a demo. */
  readonly caption?: (view: ClusterView) => string;
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
  private stop: () => void = () => {};
  private ink: Instance | undefined;
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
    const screen = enterAlternateScreen(output, { stop: (code) => this.end(code) });
    const changed = (): void => {
      this.isDirty = true;
    };
    const resized = (): void => {
      // What was drawn for another width is wrapped somewhere: begin anew.
      output.write("\u001b[2J\u001b[H");
      this.ink?.clear();
      this.draw();
    };
    const endings = [source.subscribe(changed), this.controls.subscribe(() => this.draw())];
    this.ink = render(this.element(), {
      stdin: input,
      stdout: output,
      exitOnCtrlC: false,
      patchConsole: false,
      maxFps: framesPerSecondMax,
      incrementalRendering: false,
    });
    output.on("resize", resized);
    this.lastTick = performance.now();
    const timer = setInterval(() => this.tick(), tickEveryMs);
    this.stop = () => {
      clearInterval(timer);
      output.off("resize", resized);
      for (const end of endings) end();
      this.ink?.unmount();
      screen.leave();
      source.close();
    };
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
    this.ink?.rerender(this.element());
  }

  private end(code: number): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.stop();
    this.ended(code);
  }

  private element(): React.ReactElement {
    return (
      <Screen
        lines={this.lines()}
        width={this.size().columns}
        hasColour={this.options.hasColour}
        press={(key) => this.controls.press(key)}
      />
    );
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
