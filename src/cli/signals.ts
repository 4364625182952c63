/** Ctrl-C and SIGTERM: the first asks for a clean stop, the second ends the process at once. */
import { exitCodes } from "./exit.ts";

export interface SignalSeen {
  /** The exit code to leave with once the stop is done; undefined while there was no signal. */
  code: number | undefined;
}

export function onSignal(stop: (name: NodeJS.Signals) => void): SignalSeen {
  const seen: SignalSeen = { code: undefined };
  const codes = {
    SIGINT: exitCodes.interrupted,
    SIGTERM: exitCodes.terminated,
    SIGHUP: exitCodes.terminated,
  } as const;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (seen.code !== undefined) process.exit(codes[name]);
      seen.code = codes[name];
      stop(name);
    });
  }
  return seen;
}
