/** Ctrl-C and SIGTERM: the first asks for a clean stop, the second ends the process at once. */
import { exitCodes } from "./exit.ts";

export interface SignalSeen {
  /** The exit code to leave with once the stop is done; undefined while there was no signal. */
  code: number | undefined;
  /** The next signal does what it does to any process. */
  readonly release: () => void;
}

const codes = {
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
  SIGHUP: exitCodes.terminated,
} as const;

type StopSignal = keyof typeof codes;

export function onSignal(stop: (name: StopSignal) => void): SignalSeen {
  return watch(["SIGINT", "SIGTERM", "SIGHUP"], stop);
}

/** A terminal tells every process of a command at once: those that a parent stops in good order leave it to the parent. */
export function onSignalBelowParent(stop: (name: StopSignal) => void): SignalSeen {
  for (const name of ["SIGINT", "SIGHUP"] as const) process.on(name, () => {});
  return watch(["SIGTERM"], stop);
}

function watch(names: readonly StopSignal[], stop: (name: StopSignal) => void): SignalSeen {
  const listeners = new Map<StopSignal, () => void>();
  const release = (): void => {
    for (const [name, listener] of listeners) process.off(name, listener);
  };
  const seen: SignalSeen = { code: undefined, release };
  for (const name of names) {
    const listener = (): void => {
      if (seen.code !== undefined) process.exit(codes[name]);
      seen.code = codes[name];
      stop(name);
    };
    listeners.set(name, listener);
    process.on(name, listener);
  }
  return seen;
}
