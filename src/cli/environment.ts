/** Every option can be given in the environment: `--bad-lines` as TAURING_BAD_LINES. Flags are stronger. */
import { Command, type ErrorOptions, type Option } from "commander";
import { CommandError, exitCodes } from "./exit.ts";

const prefix = "TAURING_";
/** What is read from the environment, and is no option. */
const otherNames = ["DATA_DIR", "REGISTRY_PASSWORD"];
/** What a parent tells a child of its own. */
const childPrefix = `${prefix}CHILD`;
type Environment = Readonly<Record<string, string | undefined>>;

export const environmentHelp = `Environment
  Every option can be given in the environment: --bad-lines skip is
  TAURING_BAD_LINES=skip, and --json is TAURING_JSON=1. A flag is stronger than
  the environment, which is stronger than a job file, and that than a default.
  Data that is not beside its job file is looked for in TAURING_DATA_DIR.`;

/** A command whose options, and those of the commands below it, may come from the environment. */
export class Verb extends Command {
  override addOption(option: Option): this {
    const name = environmentName(option);
    const word = process.env[name] ?? "";
    // An empty word says nothing.
    if (word !== "" && (!option.isBoolean() || isYes(name, word))) option.env(name);
    return super.addOption(option);
  }

  override createCommand(name?: string): Command {
    return new Verb(name);
  }

  /** A mistake in what a command is given is answered by that command's own help. */
  override error(message: string, options?: ErrorOptions): never {
    const does = this.commands.length > 0 ? "lists the commands" : "says what it takes";
    this.showHelpAfterError(`(${wholeName(this)} --help ${does})`);
    return super.error(message, options);
  }
}

/** As somebody types it: `tauring sim run`. */
function wholeName(command: Command): string {
  return command.parent === null ? command.name() : `${wholeName(command.parent)} ${command.name()}`;
}

/** For processes that are started by a command, which says all that they need: nothing meant for itself reaches them. */
export function withoutOptions(environment: Environment): Readonly<Record<string, string>> {
  const names = Object.keys(environment).filter((name) => name.startsWith(prefix));
  return Object.fromEntries(names.map((name) => [name, ""]));
}

/** Words about variables that no command has an option for: what they were to say goes unheard. */
export async function unheardVariables(
  program: Command,
  environment: Environment,
): Promise<readonly string[]> {
  const known = [...optionNames(program), ...otherNames];
  const unheard = Object.keys(environment).filter(
    (name) =>
      name.startsWith(prefix) &&
      !name.startsWith(childPrefix) &&
      environment[name] !== "" &&
      !known.includes(name.slice(prefix.length)),
  );
  if (unheard.length === 0) return [];
  const { didYouMean } = await import("../sim/index.ts");
  return unheard.map((name) => {
    const meant = didYouMean(name.slice(prefix.length), known).replace(/(?<=mean )/, prefix);
    return `${name} names no option${meant}`;
  });
}

function optionNames({ options, commands }: Command): readonly string[] {
  return [
    ...options.map((option) => environmentName(option).slice(prefix.length)),
    ...commands.flatMap(optionNames),
  ];
}

function environmentName(option: Option): string {
  return prefix + option.name().replaceAll("-", "_").toUpperCase();
}

function isYes(name: string, word: string): boolean {
  if (word === "1" || word === "true") return true;
  if (word === "0" || word === "false") return false;
  throw new CommandError(exitCodes.usage, `${name}: found "${word}"; allowed: 1, true, 0, false`);
}
