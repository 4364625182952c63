/** Probes candidates on several processes: the first of them that fails wins, whichever is done first. */
import { fork, type ChildProcess } from "node:child_process";
import type { FailureClass, Probe } from "../../sim/index.ts";
import type { FromChild, ProbeOrder } from "./messages.ts";
import type { PlantedEdit } from "./plant-hooks.ts";
import { program } from "./workforce.ts";

export interface Prober {
  readonly probe: Probe;
  /** Processor time of its processes so far. */
  cpuSeconds(): number;
  close(): void;
}

export interface ProberOptions {
  readonly jobs: number;
  /** Where job files are found from. */
  readonly folder: string;
  readonly wanted: FailureClass;
  /** A deliberate bug in the core that is probed. */
  readonly edits?: readonly PlantedEdit[];
}

export function prober({ jobs, folder, wanted, edits = [] }: ProberOptions): Prober {
  const children = Array.from({ length: jobs }, () => new ProbingChild(edits));
  const probe: Probe = async (candidates) => {
    let failing: number | undefined;
    let next = 0;
    const take = async (child: ProbingChild): Promise<void> => {
      while (next < (failing ?? candidates.length)) {
        const index = next++;
        const isFailing = await child.ask({ type: "probe", scenario: candidates[index], folder, wanted });
        if (isFailing) failing = Math.min(index, failing ?? index);
      }
    };
    await Promise.all(children.map(take));
    return failing;
  };
  return {
    probe,
    cpuSeconds: () => children.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / 1000,
    close: () => children.forEach((child) => child.close()),
  };
}

class ProbingChild {
  private child: ChildProcess | undefined;
  private readonly words: readonly string[];
  /** Of all its processes. */
  cpuMs = 0;
  private before = 0;

  constructor(edits: readonly PlantedEdit[]) {
    this.words = edits.length > 0 ? [JSON.stringify(edits)] : [];
  }

  ask(order: ProbeOrder): Promise<boolean> {
    const child = this.child ?? fork(program, this.words, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    const isNew = this.child === undefined;
    this.child = child;
    let isReady = !isNew;
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        child.removeAllListeners("message");
        child.removeAllListeners("exit");
        child.removeAllListeners("error");
      };
      child.on("message", (message: FromChild) => {
        if (message.type === "ready") {
          isReady = true;
          child.send(order);
        }
        if (message.type === "probed") {
          settle();
          this.cpuMs = this.before + message.cpuMs;
          resolve(message.isFailing);
        }
      });
      // Out of memory, say: whatever that candidate did, it was not the failure that is sought.
      child.on("exit", (code) => {
        settle();
        this.child = undefined;
        this.before = this.cpuMs;
        if (isReady) resolve(false);
        else reject(new Error(`a process that probes did not start: exit code ${code}`));
      });
      child.on("error", (error) => {
        settle();
        reject(error);
      });
      if (!isNew) child.send(order);
    });
  }

  close(): void {
    if (this.child?.connected === true) this.child.disconnect();
  }
}
