/** `tauring sim run PATH`: one scenario, or all of a folder. */
import { CommandError, exitCodes } from "../exit.ts";
import { isFolder } from "../scenario-files.ts";
import { type SimRunOptions, simRun } from "./sim-run.ts";
import { simRunFolder } from "./sim-run-folder.ts";

export async function runPath(
  path: string,
  options: SimRunOptions & { readonly twice?: boolean; readonly tui?: boolean },
): Promise<number> {
  if (options.tui === true) {
    const other = options.json === true ? "--json" : options.trace !== undefined ? "--trace" : undefined;
    if (other !== undefined)
      throw new CommandError(exitCodes.usage, `option ${other}: not together with --tui`);
    if (isFolder(path)) throw new CommandError(exitCodes.usage, "option --tui: it is for one scenario");
    const { simWatch } = await import("./sim-watch.ts");
    return simWatch(path, options);
  }
  if (!isFolder(path)) {
    if (options.twice === true)
      throw new CommandError(exitCodes.usage, "option --twice: it is for a folder of scenarios");
    return simRun(path, options);
  }
  if (options.trace !== undefined)
    throw new CommandError(exitCodes.usage, "option --trace: it is for one scenario, not for a folder");
  return simRunFolder(path, options);
}
