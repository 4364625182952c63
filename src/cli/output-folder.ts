/** Folders that a command fills. */
import { rmdirSync } from "node:fs";
import { makeFolder } from "../net/index.ts";
import { CommandError, exitCodes, messageOf } from "./exit.ts";

/** Makes one before the work whose results it is to hold. */
export function makeOutputFolder(option: string, path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    throw new CommandError(exitCodes.usage, `${option} ${messageOf(error)}`);
  }
}

/** Where there were no results. */
export function removeEmptyFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // It holds something, of this run or another.
  }
}
