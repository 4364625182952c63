/** The planted bugs: planted/bugs.yaml, which is data and stands outside of what is built. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";
import { failureClassNamed } from "../../sim/index.ts";
import { CommandError, exitCodes } from "../exit.ts";

export const bugsFile: string = fileURLToPath(new URL("../../../planted/bugs.yaml", import.meta.url));

const failure = z
  .string()
  .refine((name) => failureClassNamed(name) !== undefined, "a check, or failed, undecided or broken");

const bugSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]+$/),
  /** What is wrong, in a sentence. */
  why: z.string(),
  /** Wrong turns in the built files, each of whose `find` occurs there once. */
  edits: z.array(z.strictObject({ file: z.string(), find: z.string().min(1), replace: z.string() })).min(1),
  /** Checks of which one must be violated; or how else a run ends: failed, undecided, broken. */
  caughtBy: z.array(failure).min(1),
  /** Scenarios of the library that fail with it: a rule that it breaks is told by a story that needs the rule (docs/protocol.md 15). */
  seenIn: z.array(z.strictObject({ scenario: z.string(), by: z.array(failure).min(1) })).default([]),
  /** Which runs: stories of servers and workers, of those that decide, of small buffers, of moves, of many that leave, of checkpoints, of rollbacks, what the swarm draws, or those of `seenIn`. */
  runs: z.enum(["stories", "control", "tight", "moving", "leaving", "saved", "rollback", "drawn", "library"]),
  /** The seed to begin with: 1, or one that is pinned where it takes too many. */
  seedFirst: z.number().int().positive().default(1),
  /** At least five times those that it takes, or 1 where the seed is pinned. */
  runsMax: z.number().int().positive(),
  /** How many runs found it, of those from seed 1 on, when this was measured last. */
  measured: z.strictObject({ runs: z.number().int().positive(), found: z.number().int() }).optional(),
});
export type PlantedBug = z.infer<typeof bugSchema>;

export function plantedBugs(): readonly PlantedBug[] {
  const read = z.array(bugSchema).safeParse(parse(readFileSync(bugsFile, "utf8")));
  if (read.success) return read.data;
  throw new CommandError(exitCodes.data, `${bugsFile}: ${z.prettifyError(read.error)}`);
}
