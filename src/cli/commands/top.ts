/** `tauring top [HOST:PORT|TRACE]`: a cluster on the whole terminal, live or recorded, with its past. */
import { splitAddress } from "../address.ts";
import type { ProcessHands } from "../hands/process-hands.ts";
import type { LiveOptions } from "../live-source.ts";
import { playSpeed, hasScreen, showSource } from "../show-source.ts";
import { addressesOfTargets } from "../targets.ts";
import { tlsFiles } from "../tls.ts";
import { traceSource } from "../trace-source.ts";

const timeoutMs = 2_000;
const drainTimeoutMs = 30_000;

export interface TopOptions extends LiveOptions {
  readonly ascii?: boolean;
  /** Microseconds since the first fact. */
  readonly at?: number;
  readonly speed?: number;
}

/** Of a cluster of this machine its processes can be harmed, after a question. */
async function handsOn(addresses: readonly string[], options: TopOptions): Promise<ProcessHands | undefined> {
  const { isLoopback } = await import("../../net/index.ts");
  if (!addresses.every((address) => isLoopback(splitAddress(address, "target").host))) return undefined;
  const { ProcessHands } = await import("../hands/process-hands.ts");
  const { FoundProcesses } = await import("../hands/found-processes.ts");
  const tls = tlsFiles(options);
  const processes = new FoundProcesses({ addresses, isSecured: tls !== undefined });
  const access = { tls, clusterId: options.cluster, timeoutMs };
  return new ProcessHands({ processes, addresses, access, drainTimeoutMs });
}

export async function top(targets: readonly string[], options: TopOptions): Promise<number> {
  const addresses = addressesOfTargets(targets);
  if (addresses !== undefined) {
    const { liveSource } = await import("../live-source.ts");
    const hands = await handsOn(addresses, options);
    const live = await liveSource(addresses, options, { hands, isWatched: hasScreen() });
    return showSource(live, {
      isAscii: options.ascii === true,
      notice: () => hands?.notice,
      settle: () => live.tick(0),
    });
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
