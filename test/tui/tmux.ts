/** A real terminal: tmux on a socket of its own, with the real command in it. */
import { execFileSync, spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

export const hasTmux: boolean = spawnSync("tmux", ["-V"]).status === 0;

/** Far longer than any screen takes: a machine may be several times slower than others, and busy. */
const withinMs = 120_000;

export class Tmux {
  private readonly socket: string;

  constructor(name: string) {
    this.socket = `tauring-${name}-${process.pid}`;
  }

  /** Runs the command line in a shell that stays when it ends. */
  start(command: string, columns: number, rows: number): void {
    const env: NodeJS.ProcessEnv = { ...process.env, LANG: "C.UTF-8", TERM: "xterm-256color" };
    for (const name of ["CI", "CONTINUOUS_INTEGRATION", "NODE_ENV", "NO_COLOR", "LC_ALL", "TMUX"])
      delete env[name];
    const size = ["-x", String(columns), "-y", String(rows)];
    execFileSync(
      "tmux",
      [
        "-L",
        this.socket,
        "-f",
        "/dev/null",
        "new-session",
        "-d",
        ...size,
        `echo before; ${command}; echo "left with $?"; exec cat`,
      ],
      { env },
    );
  }

  keys(...keys: readonly string[]): void {
    this.run("send-keys", ...keys);
  }

  /** As it would be typed, letter by letter. */
  type(text: string): void {
    this.run("send-keys", "-l", text);
  }

  resize(columns: number, rows: number): void {
    this.run("resize-window", "-x", String(columns), "-y", String(rows));
  }

  screen(): string {
    return this.run("capture-pane", "-p");
  }

  get isAlternate(): boolean {
    return this.run("display-message", "-p", "#{alternate_on}").trim() === "1";
  }

  get hasCursor(): boolean {
    return this.run("display-message", "-p", "#{cursor_flag}").trim() === "1";
  }

  /** The process of the command that runs in the pane. */
  commandProcess(): number {
    const shell = this.run("display-message", "-p", "#{pane_pid}").trim();
    return Number(
      execFileSync("ps", ["--ppid", shell, "-o", "pid=", "--no-headers"], { encoding: "utf8" })
        .trim()
        .split("\n")[0],
    );
  }

  /** The first screen that matches. */
  async until(pattern: RegExp): Promise<string> {
    let screen = "";
    for (const end = performance.now() + withinMs; performance.now() < end; ) {
      screen = this.screen();
      if (pattern.test(screen)) return screen;
      await sleep(100);
    }
    throw new Error(`${pattern} did not come; the screen is\n${screen}`);
  }

  end(): void {
    spawnSync("tmux", ["-L", this.socket, "kill-server"]);
  }

  private run(...words: readonly string[]): string {
    return execFileSync("tmux", ["-L", this.socket, ...words], { encoding: "utf8" });
  }
}
