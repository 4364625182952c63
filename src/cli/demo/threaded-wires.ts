/** The proxy of a cluster's wires, seen from the thread that draws. */
import { Worker } from "node:worker_threads";
import { threadUrl } from "../../net/index.ts";
import { type Cut, proxyUrl } from "../real/fault-proxy.ts";
import type { FromWires, ToWires } from "./wires-thread.ts";

export class ThreadedWires {
  private readonly thread: Worker;
  private readonly port: number;
  private cuts = 0;

  private constructor(thread: Worker, port: number) {
    this.thread = thread;
    this.port = port;
  }

  /** `failed`: there are no wires any more. */
  static async open(failed: (reason: string) => void): Promise<ThreadedWires> {
    const thread = new Worker(threadUrl("wires-thread", import.meta.url));
    const port = await new Promise<number>((resolve, reject) => {
      thread.once("message", (message: FromWires) => resolve(message.port));
      thread.once("error", reject);
    });
    thread.on("error", (error) => failed(`the proxy of the wires failed: ${error.message}`));
    return new ThreadedWires(thread, port);
  }

  urlOf(node: string): string {
    return proxyUrl(node, this.port);
  }

  listens(node: string, address: string): void {
    this.post({ type: "listens", node, address });
  }

  /** Returns what heals it. */
  cut(cut: Cut): () => void {
    const id = this.cuts++;
    this.post({ type: "cut", id, cut });
    return () => this.post({ type: "heal", id });
  }

  async close(): Promise<void> {
    await this.thread.terminate();
  }

  private post(message: ToWires): void {
    this.thread.postMessage(message);
  }
}
