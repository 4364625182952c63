/** Files that a command reads whole, and files that it will write: what is wrong with them is said before anything starts. */
import { accessSync, constants, existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { DataError, fileError } from "../data/index.ts";
import { CommandError, exitCodes } from "./exit.ts";

/** What is wrong with a file of data is its owner's news, not a bug of ours. */
export async function dataError<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof DataError) throw new CommandError(exitCodes.data, error.message);
    throw error;
  }
}

/** The text of a job or scenario file. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new CommandError(exitCodes.usage, fileError(path, error).message);
  }
}

/** Refuses an output that cannot be written, before the work whose result it is to hold. */
export function checkOutput(option: string, path: string | undefined): void {
  if (path === undefined) return;
  const refuse = (error: unknown): never => {
    throw new CommandError(exitCodes.usage, `${option} ${fileError(path, error).message}`);
  };
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) refuse({ code: "EISDIR" });
    accessSync(found === undefined ? dirname(path) : path, constants.W_OK);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      throw new CommandError(exitCodes.usage, `${option} ${path}: there is no folder ${dirname(path)}`);
    }
    refuse(error);
  }
}

/** Refuses a file that is named for two outputs; of a terminal or a pipe each may have a share. */
export function checkDistinct(outputs: Readonly<Record<string, string | undefined>>): void {
  const seen = new Map<string, string>();
  for (const [option, path] of Object.entries(outputs)) {
    if (path === undefined || isDevice(path)) continue;
    const target = whereabouts(path);
    const other = seen.get(target);
    if (other !== undefined) {
      throw new CommandError(exitCodes.usage, `${other} and ${option} both name ${path}: give each its own`);
    }
    seen.set(target, option);
  }
}

function isDevice(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

/** The same for two names of one file, whether it is there or not. */
function whereabouts(path: string): string {
  const folder = dirname(resolve(path));
  if (existsSync(path)) return realpathSync(path);
  return existsSync(folder) ? join(realpathSync(folder), basename(path)) : resolve(path);
}
