/** `tauring sim validate PATH…`: every mistake of every scenario file, without running any. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describeProblems, formatScenario, parseScenario, type Problem } from "../../sim/index.ts";
import { exitCodes } from "../exit.ts";
import { readText } from "../files.ts";
import { print, printJson, say } from "../output.ts";
import { scenarioFiles } from "../scenario-files.ts";

export interface ValidateOptions {
  /** Writes each good file in its canonical form. */
  readonly fix?: boolean;
  readonly json?: boolean;
}

export function simValidate(paths: readonly string[], options: ValidateOptions): number {
  const files = paths.flatMap(scenarioFiles);
  const problems: Problem[] = [];
  const rewritten: string[] = [];
  for (const file of files) {
    const text = readText(file);
    const parsed = parseScenario(text, file, (base) => readText(join(dirname(file), base)));
    if (!parsed.ok) problems.push(...parsed.problems);
    else if (options.fix === true) {
      const formatted = formatScenario(text);
      if (formatted === text) continue;
      writeFileSync(file, formatted);
      rewritten.push(file);
    }
  }
  if (options.json === true) printJson({ schema_version: 1, files: files.length, problems, rewritten });
  else {
    if (problems.length > 0) say(describeProblems(problems));
    const wrote = options.fix === true ? `, ${rewritten.length} written anew` : "";
    print(`${counted(files.length, "scenario")}, ${counted(problems.length, "mistake")}${wrote}`);
  }
  return problems.length > 0 ? exitCodes.usage : exitCodes.success;
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
