/** `tauring top [HOST:PORT|TRACE]`: a cluster on the whole terminal, live or recorded, with its past. */
import type { LiveOptions } from "../live-source.ts";
import { playSpeed, showSource } from "../show-source.ts";
import { addressesOfTargets } from "../targets.ts";
import { traceSource } from "../trace-source.ts";

export interface TopOptions extends LiveOptions {
  readonly ascii?: boolean;
  /** Microseconds since the first fact. */
  readonly at?: number;
  readonly speed?: number;
}

export async function top(targets: readonly string[], options: TopOptions): Promise<number> {
  const addresses = addressesOfTargets(targets);
  if (addresses !== undefined) {
    const { liveSource } = await import("../live-source.ts");
    const live = await liveSource(addresses, options);
    return showSource(live, { isAscii: options.ascii === true, settle: () => live.tick(0) });
  }
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
