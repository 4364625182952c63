/** The processes of a swarm: each does one run at a time, and another takes the place of one that dies. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { FromChild, Order, Outcome } from "./messages.ts";
import type { PlantedEdit } from "./plant-hooks.ts";

/** The built one, also where tests run this file as it is written. */
export const program = fileURLToPath(new URL("../../../dist/cli/swarm/child.js", import.meta.url));

export interface Work {
  /** The next run; undefined where there is none, which ends the process. */
  next(): Order | undefined;
  done(outcome: Outcome): void;
  /** The process died in the middle of this run: out of memory, killed. */
  lost(order: Order, how: string): void;
}

/** One process, until its work has no more for it. */
export function employ(work: Work, edits: readonly PlantedEdit[] = []): Promise<void> {
  return new Promise((resolve, reject) => {
    const words = edits.length > 0 ? [JSON.stringify(edits)] : [];
    const child: ChildProcess = fork(program, words, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    let order: Order | undefined;
    let isReady = false;
    const goOn = (): void => {
      order = work.next();
      if (order === undefined) child.disconnect();
      else child.send(order);
    };
    child.on("message", (message: FromChild) => {
      isReady = true;
      if (message.type === "ran") work.done(message.outcome);
      goOn();
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      const how = signal === null ? `exit code ${code}` : signal;
      if (!isReady) return reject(new Error(`a process of the swarm did not start: ${how}`));
      if (order === undefined) return resolve();
      work.lost(order, how);
      employ(work, edits).then(resolve, reject);
    });
  });
}
