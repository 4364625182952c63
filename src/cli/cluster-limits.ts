/** How large a cluster may be, wherever it is said: in a job file, in a flag, in the environment. */
import { CommandError, exitCodes } from "./exit.ts";

export const serversMax = 1000;
export const workersMax = 10_000;
export const virtualServersMax = 1000;
export const replicasMax = 10;

/** Servers and workers that are started as processes of one machine, each with tens of megabytes. */
export const localProcessesMax = 64;

export function checkLocalSize({
  servers,
  workers,
}: {
  readonly servers: number;
  readonly workers: number;
}): void {
  if (servers + workers <= localProcessesMax) return;
  throw new CommandError(
    exitCodes.usage,
    `servers ${servers} and workers ${workers}: one machine is given at most ${localProcessesMax} processes of both ` +
      "(localProcessesMax); use --world sim, or start nodes on other machines (tauring start)",
  );
}
