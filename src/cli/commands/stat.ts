/** `tauring stat [HOST:PORT|TRACE]`: a cluster in lines, live until it is stopped, or a recorded one. */
import { type ClusterView, type Source, statHeader, statLine } from "../../observe/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { type LiveOptions, liveSource } from "../live-source.ts";
import { addressesOfTargets } from "../targets.ts";
import { print, printJson, say } from "../output.ts";
import { onSignal } from "../signals.ts";
import { traceSource } from "../trace-source.ts";

const everyDefault = 1e6;

export interface StatOptions extends LiveOptions {
  /** Virtual or real microseconds from one line to the next. */
  readonly every?: number;
  /** At most so many; undefined: until a live cluster is stopped, or to the end of a recording. */
  readonly lines?: number;
  readonly json?: boolean;
}

/** Lines between two headers. */
const headerEvery = 20;

export async function stat(targets: readonly string[], options: StatOptions): Promise<number> {
  const addresses = addressesOfTargets(targets);
  if (addresses !== undefined && options.json === true && options.lines === undefined) {
    throw new CommandError(exitCodes.usage, "--json is one document: say with --lines when it is whole");
  }
  const views: ClusterView[] = [];
  let beginMicros: number | undefined;
  const show = (view: ClusterView): void => {
    beginMicros ??= view.header.startedAt ?? view.atMicros;
    if (options.json !== true && views.length % headerEvery === 0) print(statHeader);
    if (options.json !== true) print(statLine(view, beginMicros));
    views.push(view);
    // Lines that were printed are not kept.
    if (options.json !== true && views.length === headerEvery) views.length = 0;
  };
  if (addresses === undefined) recorded(traceSource(targets), options, show);
  else await live(await liveSource(addresses, options), options, show);
  if (options.json === true) printJson({ schema_version: 1, views });
  return exitCodes.success;
}

function recorded(
  source: Source,
  { every = everyDefault, lines = Number.POSITIVE_INFINITY }: StatOptions,
  show: (view: ClusterView) => void,
): void {
  const { beginMicros, endMicros } = source.playhead();
  for (let at = beginMicros, shown = 0; shown < lines && (at < endMicros || shown === 0); shown++) {
    at = Math.min(endMicros, at + every);
    source.goTo(at);
    show(source.view());
  }
}

async function live(
  source: Source,
  { every = everyDefault, lines = Number.POSITIVE_INFINITY }: StatOptions,
  show: (view: ClusterView) => void,
): Promise<void> {
  const signal = onSignal(() => {});
  const everyMs = every / 1000;
  const lookMs = Math.min(100, everyMs);
  try {
    let title = "";
    for (let shown = 0; shown < lines && signal.code === undefined; shown++) {
      if (source.title !== title) say(source.title);
      ({ title } = source);
      show(source.view());
      for (let waited = 0; waited < everyMs && signal.code === undefined && shown + 1 < lines; ) {
        await new Promise((resolve) => setTimeout(resolve, lookMs));
        waited += lookMs;
        source.tick(lookMs);
      }
    }
  } finally {
    source.close();
  }
}
