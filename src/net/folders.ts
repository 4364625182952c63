/** Folders that are made where they are missing. */
import { mkdirSync, statSync } from "node:fs";
import path from "node:path";

/**
 * Makes the folder and those around it that are missing; returns what it made, the outermost first. One by one: where
 * nothing can be made, as in /proc, Node's own way tries without end.
 */
export function makeFolder(folder: string, mode = 0o777): readonly string[] {
  const missing: string[] = [];
  for (let at = path.resolve(folder); !isFolder(at); at = path.dirname(at)) {
    missing.push(at);
    if (path.dirname(at) === at) break;
  }
  missing.reverse();
  for (const one of missing) makeOne(one, mode);
  return missing;
}

function makeOne(folder: string, mode: number): void {
  try {
    mkdirSync(folder, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process may have made it just now.
    if (code === "EEXIST" && isFolder(folder)) return;
    const why = code === "EEXIST" ? "a folder was expected, this is a file" : "no folder can be made there";
    throw new Error(`${folder}: ${why} (${code})`);
  }
}

function isFolder(folder: string): boolean {
  try {
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}
