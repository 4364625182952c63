/** A terminal in memory: what a screen writes, as the cells that a person would see. */
import { EventEmitter } from "node:events";
import xterm from "@xterm/headless";

export class Emulator {
  readonly output: NodeJS.WriteStream;
  readonly input: NodeJS.ReadStream;
  written = "";
  private readonly terminal: InstanceType<typeof xterm.Terminal>;
  private readonly keys: string[] = [];

  constructor(columns: number, rows: number) {
    this.terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
    const write = (text: string): boolean => {
      this.written += text;
      this.terminal.write(text);
      return true;
    };
    const output = Object.assign(new EventEmitter(), { isTTY: true, columns, rows, write });
    this.output = output as unknown as NodeJS.WriteStream;
    const input = Object.assign(new EventEmitter(), {
      isTTY: true,
      setEncoding: () => {},
      setRawMode: (): unknown => input,
      ref: () => {},
      unref: () => {},
      read: () => this.keys.shift() ?? null,
    });
    this.input = input as unknown as NodeJS.ReadStream;
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      this.keys.push(key);
      this.input.emit("readable");
      await settled(20);
    }
    await settled();
  }

  async resize(columns: number, rows: number): Promise<void> {
    this.terminal.resize(columns, rows);
    Object.assign(this.output, { columns, rows });
    this.output.emit("resize");
    await settled();
  }

  /** What is on the screen, blanks at the ends of lines left out. */
  async screen(): Promise<readonly string[]> {
    await new Promise<void>((resolve) => this.terminal.write("", resolve));
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, row) =>
      (active.getLine(active.baseY + row)?.translateToString(true) ?? "").trimEnd(),
    );
  }

  /** Rows that have scrolled away. */
  get scrolledAway(): number {
    return this.terminal.buffer.active.baseY;
  }

  get isAlternate(): boolean {
    return this.terminal.buffer.active.type === "alternate";
  }
}

const turnMs = 20;

/** Longer than two frames, and in many turns: a process that was stopped meanwhile does what was due before the last of them. */
export async function settled(ms = 260): Promise<void> {
  for (let waitedMs = 0; waitedMs < ms; waitedMs += turnMs)
    await new Promise((resolve) => setTimeout(resolve, Math.min(turnMs, ms)));
}
