/** `tauring stat`: a cluster in lines. */
import { type Command, InvalidArgumentError } from "commander";
import { durationOf } from "../../sim/scenario/quantity.ts";
import { countOf } from "../option-values.ts";
import { addReachOptions } from "../reach-options.ts";
import { type Done, examples, liveOrRecorded } from "./parts.ts";

export function addStatVerb(program: Command, done: Done): void {
  const stat = program
    .command("stat")
    .description("a cluster in lines of 80 columns, one for each second: live, or recorded")
    .argument("[target...]", liveOrRecorded)
    .option("--every <duration>", "from one line to the next, such as 100ms; 1s otherwise", intervalOf)
    .option("--lines <n>", "at most so many; otherwise until it is stopped, or the end", countOf)
    .option("--json", "print the views as one JSON document, with --lines where it is live");
  addReachOptions(stat, "A live cluster beyond this machine")
    .addHelpText(
      "after",
      examples(
        ["the cluster of tauring launch, until Ctrl-C", "stat"],
        ["what it is doing now, for a script", "stat 127.0.0.1:7070 --lines 1 --json"],
        ["a recorded run, ten lines a second", "stat trace.jsonl --every 100ms"],
      ),
    )
    .action(async (targets: string[], options) => {
      const command = await import("../commands/stat.ts");
      done(await command.stat(targets, options));
    });
}

function intervalOf(text: string): number {
  const micros = durationOf(text);
  if (micros !== undefined && micros >= 1000) return micros;
  throw new InvalidArgumentError("Expected a duration from 1ms, such as 100ms or 2s.");
}
