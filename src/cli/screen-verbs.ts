/** The verbs that take the whole terminal. */
import { type Command, InvalidArgumentError } from "commander";
import { duration } from "../sim/index.ts";
import { examples } from "./verb-help.ts";

type Done = (code: number) => void;

export function addScreenVerbs(program: Command, done: Done): void {
  program.commandsGroup("Screens");
  program
    .command("top")
    .description(
      "a cluster on the whole terminal: its ring, clocks, workers, bytes and events; ? in it helps",
    )
    .argument("<trace...>", "trace files, or folders of them; several are merged by time")
    .option("--at <duration>", "begin at this moment since the first fact, paused: 1.5s, 20ms", momentOf)
    .option("--speed <x>", "recorded seconds a second, 1/64 to 64; otherwise a run lasts 15 to 30 s", speedOf)
    .option("--ascii", "draw with ASCII alone")
    .addHelpText(
      "after",
      examples(
        ["what a run was like", "top trace.jsonl"],
        ["the moment of a failure, as text", "top trace.jsonl --at 150ms | cat"],
      ),
    )
    .action(async (targets: string[], options) => {
      const { top } = await import("./commands/top.ts");
      done(await top(targets, options));
    });
}

function momentOf(text: string): number {
  const micros = duration.safeParse(text);
  if (!micros.success) throw new InvalidArgumentError("Expected a duration such as 1.5s or 20ms.");
  return micros.data;
}

function speedOf(text: string): number {
  const [, above, below] = /^(\d+(?:\.\d+)?)(?:\/(\d+))?$/.exec(text) ?? [];
  const speed = Number(above) / Number(below ?? 1);
  if (speed >= 1 / 64 && speed <= 64) return speed;
  throw new InvalidArgumentError("Expected a speed from 1/64 to 64.");
}
