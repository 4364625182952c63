/** `tauring top TRACE`: a cluster on the whole terminal, with its past. */
import { playSpeed, showSource } from "../show-source.ts";
import { traceSource } from "../trace-source.ts";

export interface TopOptions {
  readonly ascii?: boolean;
  /** Microseconds since the first fact. */
  readonly at?: number;
  readonly speed?: number;
}

export async function top(targets: readonly string[], options: TopOptions): Promise<number> {
  const source = traceSource(targets);
  const { beginMicros, endMicros } = source.playhead();
  if (options.at !== undefined) source.goTo(beginMicros + options.at);
  source.setSpeed(options.speed ?? playSpeed(endMicros - beginMicros));
  source.setPaused(options.at !== undefined);
  return showSource(source, {
    isAscii: options.ascii === true,
    settle: () => {
      if (options.at === undefined) source.goTo(endMicros);
    },
  });
}
