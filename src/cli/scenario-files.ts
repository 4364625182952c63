/** The scenario files of a folder, in order. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { CommandError, exitCodes } from "./exit.ts";
import { readText } from "./files.ts";

/** A file is itself; a folder is every scenario in it and below, and not the jobs that they train. */
export function scenarioFiles(path: string): readonly string[] {
  if (!existsSync(path)) throw new CommandError(exitCodes.usage, `${path}: there is no such file or folder`);
  if (!statSync(path).isDirectory()) return [path];
  const files = readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(path, name))
    .filter((file) => !/tauring\.job\//.test(readText(file)))
    .toSorted();
  if (files.length === 0) {
    throw new CommandError(
      exitCodes.usage,
      `${path}: no scenario in this folder; a scenario is a *.yaml file`,
    );
  }
  return files;
}

export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
