/** `tauring stat`: a cluster in lines. */
import { type Command, InvalidArgumentError } from "commander";
import { duration } from "../sim/index.ts";
import { examples } from "./verb-help.ts";

type Done = (code: number) => void;

export function addStatVerb(program: Command, done: Done): void {
  program
    .command("stat")
    .description("a recorded cluster in lines of 80 columns, one for each second")
    .argument("<trace...>", "trace files, or folders of them; several are merged by time")
    .option("--every <duration>", "from one line to the next, such as 100ms", intervalOf, 1e6)
    .option("--json", "print the views as one JSON document")
    .addHelpText("after", examples(["ten lines a second", "stat trace.jsonl --every 100ms"]))
    .action(async (paths: string[], options) => {
      const { stat } = await import("./commands/stat.ts");
      done(stat(paths, options));
    });
}

function intervalOf(text: string): number {
  const parsed = duration.safeParse(text);
  if (parsed.success && parsed.data >= 1000) return parsed.data;
  throw new InvalidArgumentError("Expected a duration from 1ms, such as 100ms or 2s.");
}
