/** A simulation on the whole terminal: `tauring sim run FILE --tui`, and `tauring demo`, which tells what happens. */
import { join } from "node:path";
import type { SimSource } from "../../sim/index.ts";
import { exitCodes } from "../exit.ts";
import { showSource } from "../show-source.ts";
import { simSource } from "../sim-source.ts";

export interface WatchOptions {
  readonly seed?: string;
  readonly ascii?: boolean;
  readonly speed?: number;
}

/** A virtual second lasts as long as it takes to see what happens in it. */
const watchSpeed = 1 / 16;

export async function simWatch(path: string, options: WatchOptions): Promise<number> {
  const source = await simSource(path, options);
  return watch(source, options, false);
}

const demoScenario = join(import.meta.dirname, "../../../scenarios/basics/demo.yaml");

export async function demo(options: WatchOptions): Promise<number> {
  const source = await simSource(demoScenario, options);
  return watch(source, options, true);
}

async function watch(source: SimSource, options: WatchOptions, isTold: boolean): Promise<number> {
  source.setSpeed(options.speed ?? watchSpeed);
  source.setPaused(false);
  const code = await showSource(source, {
    isAscii: options.ascii === true,
    isTold,
    settle: () => {
      source.goTo(Number.MAX_SAFE_INTEGER);
    },
  });
  return code === exitCodes.success && source.report?.verdict === "violated" ? exitCodes.violated : code;
}
