/** The verbs of scenario files: `tauring sim run`, `list`, `validate`, `schema`. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import { countOf, numbersOf } from "../option-values.ts";
import { type Done, examples } from "./parts.ts";

const library = fileURLToPath(new URL("../../../scenarios", import.meta.url));

export function addScenarioVerbs(sim: Command, done: Done): void {
  sim
    .command("run")
    .description("run a scenario, or every scenario of a folder, under all checkers")
    .argument("<scenario>", "scenario file or folder, such as scenarios/basics/train.yaml")
    .option("--seed <text>", "seed of every draw, instead of the scenario's")
    .option("--trace <out>", "of one scenario: every fact, as JSON Lines; gzip when it ends in .gz")
    .option("--twice", "of a folder: run each twice, and demand the same trace hash")
    .option("--json", "print one JSON document")
    .option("--tui", "of one scenario: watch it on the whole terminal, step, go back, break things")
    .addHelpText(
      "after",
      examples(
        ["the same to the last bit, each time", "sim run scenarios/basics/train.yaml --seed 7"],
        ["a topic of the library", "sim run scenarios/chain --twice"],
      ),
    )
    .action(async (path: string, options) => {
      const { runPath } = await import("../commands/sim-run-path.ts");
      done(await runPath(path, options));
    });
  sim
    .command("list")
    .description("list scenarios by topic: what each shows, and where it comes from")
    .argument("[folder]", "of scenarios; otherwise ./scenarios, or the library that came with tauring")
    .option("--json", "print one JSON document")
    .addHelpText("after", examples(["the library", "sim list"], ["one topic", "sim list scenarios/ring"]))
    .action(async (folder: string | undefined, options) => {
      const { simList } = await import("../commands/sim-list.ts");
      done(simList(folder ?? (existsSync("scenarios") ? "scenarios" : library), options));
    });
  sim
    .command("validate")
    .description("say every mistake of scenario files, with line, column and what is allowed")
    .argument("<path...>", "scenario files, or folders of them")
    .option("--fix", "write each good file in its canonical form")
    .option("--json", "print one JSON document")
    .addHelpText("after", examples(["before a commit", "sim validate scenarios --fix"]))
    .action(async (paths: string[], options) => {
      const { simValidate } = await import("../commands/sim-validate.ts");
      done(simValidate(paths, options));
    });
  sim
    .command("schema")
    .description("print the JSON Schema of scenario files, for editors")
    .option("--faults", "print the reference of faults instead (docs/faults.md)")
    .addHelpText("after", examples(["for an editor", "sim schema"], ["for people", "sim schema --faults"]))
    .action(async (options) => {
      const { simSchema } = await import("../commands/sim-schema.ts");
      done(simSchema(options));
    });
  sim
    .command("fluid")
    .description("how idle workers are for each delay, by a model of flows calibrated on the scenario")
    .argument("<scenario>", "scenario file whose job makes passes of block updates (dbpg)")
    .option("--taus <n,n,…>", "maximal delays", numbersOf, [0, 1, 2, 4, 8, 16])
    .option("--workers <n>", "instead of the scenario's, each with as much work", countOf)
    .option("--servers <n>", "instead of the scenario's", countOf)
    .option("--passes <n>", "instead of as many as the scenario took", countOf)
    .option("--check", "run each delay by messages too, and demand the same within 3 points")
    .option("--seed <text>", "seed of every draw, instead of the scenario's")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      examples(
        ["as it is", "sim fluid scenarios/basics/train.yaml"],
        ["on a thousand machines", "sim fluid scenarios/basics/train.yaml --workers 800 --servers 200"],
      ),
    )
    .action(async (path: string, options) => {
      const { simFluid } = await import("../commands/sim-fluid.ts");
      done(await simFluid(path, options));
    });
}
