/** Data sets, and what this machine has. */
import type { Command } from "commander";
import { countOf } from "../option-values.ts";
import { type Done, examples } from "./parts.ts";

export function addFileVerbs(program: Command, done: Done): void {
  program.commandsGroup("Data, and this machine");
  const setExample = [
    "a small one",
    "data synthetic --rows 1000 --features 500 --nonzeros 9000 out.svm",
  ] as const;
  program
    .command("data")
    .description("data sets")
    .addHelpText("after", examples(setExample))
    .command("synthetic")
    .description("write a classification set: Zipf keys, a sparse truth, the same bytes from a seed")
    .requiredOption("--rows <n>", "rows", countOf)
    .requiredOption("--features <n>", "features", countOf)
    .requiredOption("--nonzeros <n>", "non-zeros in all", countOf)
    .option("--seed <text>", "seed of every draw", "1")
    .argument("<out>", "libsvm text; gzip when it ends in .gz")
    .addHelpText("after", examples(setExample))
    .action(async (out: string, options) => {
      const { synthetic } = await import("../commands/synthetic.ts");
      done(await synthetic(out, options));
    });
  program
    .command("doctor")
    .description("check that this machine can run tauring, and say what would help")
    .option("--json", "print one JSON document")
    .addHelpText("after", examples(["before you report a bug", "doctor"]))
    .action(async (options) => {
      const { doctor } = await import("../commands/doctor.ts");
      done(await doctor(options));
    });
}
