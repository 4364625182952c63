/** A scenario as a source of screens. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SimSource } from "../sim/index.ts";
import { prepareScenario, type SimRunOptions } from "./commands/sim-run.ts";
import { dataError, readText } from "./files.ts";
import { simulatorParts } from "./simulate.ts";

/** Nothing of it has happened yet: it is simulated as it is watched. */
export async function simSource(path: string, options: Pick<SimRunOptions, "seed">): Promise<SimSource> {
  const { scenario, seed, spec, source } = await prepareScenario(path, options);
  const parts = await dataError(() => simulatorParts(spec));
  return new SimSource({
    title: path,
    scenario,
    seed,
    job: spec,
    run: { parts },
    file: { ...source, read: (base) => readText(join(dirname(path), base)) },
    // What is there already is somebody's.
    write: (to, text) => writeFileSync(to, text, { flag: "wx" }),
  });
}
