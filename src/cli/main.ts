/** The command line. Each command loads only what it needs. */
import { readFileSync } from "node:fs";
import { type Command, CommanderError } from "commander";
import { environmentHelp, unheardVariables, Verb } from "./environment.ts";
import { CommandError, exitCodes, exitCodesHelp } from "./exit.ts";
import { say, tolerateClosedOutput } from "./output.ts";
import { addAdminVerbs } from "./verbs/admin.ts";
import { addCheckpointVerbs } from "./verbs/checkpoint.ts";
import { addClusterVerbs } from "./verbs/cluster.ts";
import { addFileVerbs } from "./verbs/files.ts";
import { addScreenVerbs } from "./verbs/screen.ts";
import { addSimulatorVerbs } from "./verbs/simulator.ts";
import { addStatVerb } from "./verbs/stat.ts";
import { addTraceVerbs } from "./verbs/trace.ts";
import { addTrainingVerbs } from "./verbs/training.ts";

/** Runs the command and returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  tolerateClosedOutput();
  let code: number = exitCodes.success;
  try {
    const program = commandTree((result) => {
      code = result;
    });
    for (const words of await unheardVariables(program, process.env)) say(`tauring: ${words}`);
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    return failureCode(error);
  }
}

/** What commander says of an argument, without its name for such a thing. */
function inOurWords(text: string): string {
  return text.replace(/^error: /, "").replace(/^command-argument value /, "");
}

/** Every command with its options; `done` hears the exit code of the one that ran. */
export function commandTree(done: (code: number) => void): Command {
  const program = new Verb("tauring")
    .description("A parameter server that people trust: one deterministic core, simulated and deployed")
    .version(version(), "-V, --version")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`tauring: ${inOurWords(text)}`) })
    .addHelpText(
      "after",
      `
Examples
  $ tauring train jobs/clickbait.yaml
        over gRPC, on processes of this machine
  $ tauring sim run scenarios/basics/train.yaml --seed 7
        the same job in virtual time
  $ tauring check trace.jsonl
        the checkers over a recorded trace

${environmentHelp}

${exitCodesHelp}`,
    );
  addTrainingVerbs(program, done);
  addClusterVerbs(program, done);
  addAdminVerbs(program, done);
  addCheckpointVerbs(program, done);
  addSimulatorVerbs(program, done);
  addTraceVerbs(program, done);
  addStatVerb(program, done);
  addScreenVerbs(program, done);
  addFileVerbs(program, done);
  const help = program.createCommand("help").argument("[command]").helpGroup("Help");
  program.addHelpCommand(help.description("what a command does, its options, and examples"));
  return program;
}

function failureCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  if (error instanceof CommandError) {
    say(`tauring: ${error.message}`);
    return error.exitCode;
  }
  say(`tauring: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return exitCodes.bug;
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
