/** What is going on right now, said on a terminal twice a second. */
import { showStatus } from "./output.ts";

const intervalMs = 500;

export class RunStatus {
  private text: string;
  private since = performance.now();
  private readonly timer: NodeJS.Timeout;

  constructor(text: string) {
    this.text = text;
    this.timer = setInterval(() => this.show(), intervalMs);
    this.timer.unref();
  }

  /** Another thing begins. */
  begin(text: string): void {
    this.text = text;
    this.since = performance.now();
    this.show();
  }

  /** Details of the same thing, for those who cannot wait for the timer. */
  detail(text: string): void {
    this.text = text;
    this.show();
  }

  end(): void {
    clearInterval(this.timer);
    showStatus("");
  }

  private show(): void {
    const seconds = (performance.now() - this.since) / 1000;
    showStatus(`${this.text} … ${seconds.toFixed(0)} s`);
  }
}
