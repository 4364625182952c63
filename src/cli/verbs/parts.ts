/** What verbs are made of. */
import { Option } from "commander";

/** Hears the exit code of the command that ran. */
export type Done = (code: number) => void;

/** What `top` and `stat` show. */
export const liveOrRecorded =
  "host:port of any node of a live cluster (127.0.0.1:7070), or traces and folders of them";

/** An option that takes one of these words. */
export function oneOf(flags: string, description: string, allowed: readonly string[]): Option {
  return new Option(flags, description).choices(allowed);
}

/** Everything is said in lines that fit into 80 columns: a command stands below what it does. */
export function examples(...pairs: readonly (readonly [what: string, command: string])[]): string {
  return ["", "Examples", ...pairs.map(([what, command]) => `  # ${what}\n  $ tauring ${command}`)].join(
    "\n",
  );
}
