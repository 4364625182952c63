/** The verbs that take the whole terminal. */
import { type Command, InvalidArgumentError } from "commander";
import { CommandError, exitCodes } from "../exit.ts";
import { momentOf } from "../option-values.ts";
import { addReachOptions } from "../reach-options.ts";
import { type Done, examples, liveOrRecorded, oneOf } from "./parts.ts";

export function addScreenVerbs(program: Command, done: Done): void {
  program.commandsGroup("Screens");
  const top = program
    .command("top")
    .description(
      "a cluster on the whole terminal: its ring, clocks, workers, bytes and events; ? in it helps",
    )
    .argument("[target...]", liveOrRecorded)
    .option("--at <duration>", "begin at this moment since the first fact, paused: 1.5s, 20ms", momentOf)
    .option("--speed <x>", "recorded seconds a second, 1/64 to 64; otherwise a run lasts 15 to 30 s", speedOf)
    .option("--ascii", "draw with ASCII alone");
  addReachOptions(top, "A live cluster beyond this machine")
    .addHelpText(
      "after",
      examples(
        ["the cluster of tauring launch, live", "top"],
        ["another one, through any of its nodes", "top 10.0.0.1:7070"],
        ["what a run was like", "top trace.jsonl"],
        ["the moment of a failure, as text", "top trace.jsonl --at 150ms | cat"],
      ),
    )
    .action(async (targets: string[], options) => {
      const command = await import("../commands/top.ts");
      done(await command.top(targets, options));
    });
  program
    .command("demo")
    .description("a cluster whose nodes fail and join while it trains, with a line that tells why")
    .addOption(
      oneOf("--world <world>", "virtual time, or processes of this machine over gRPC", [
        "sim",
        "grpc",
      ]).default("sim"),
    )
    .option("--seed <text>", "of every draw: another one, another run")
    .option("--speed <x>", "virtual seconds a second, 1/64 to 64", speedOf)
    .option("--ascii", "draw with ASCII alone")
    .addHelpText(
      "after",
      examples(
        ["watch; f breaks more, ? helps, q leaves", "demo"],
        ["the same of real processes, which end with it", "demo --world grpc"],
      ),
    )
    .action(async (options) => {
      if (options.world === "grpc") {
        refuseSimulated(options);
        const { demoLive } = await import("../commands/demo-live.ts");
        return done(await demoLive(options));
      }
      const { demo } = await import("../commands/sim-watch.ts");
      done(await demo(options));
    });
}

function refuseSimulated(options: { readonly seed?: string; readonly speed?: number }): void {
  const given = (["seed", "speed"] as const).find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new CommandError(
    exitCodes.usage,
    `--${given} is for --world sim: real processes have no ${given} to set`,
  );
}

function speedOf(text: string): number {
  const [, above, below] = /^(\d+(?:\.\d+)?)(?:\/(\d+))?$/.exec(text) ?? [];
  const speed = Number(above) / Number(below ?? 1);
  if (speed >= 1 / 64 && speed <= 64) return speed;
  throw new InvalidArgumentError("Expected a speed from 1/64 to 64.");
}
