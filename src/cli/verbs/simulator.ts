/** Scenarios in virtual time, many of them at once, and what checks a recording. */
import type { Command } from "commander";
import { countOf, countUpTo, wholeOf } from "../option-values.ts";
import { defaultCandidatesMax } from "../../sim/shrink/candidates.ts";
import { addConform, addDeterminismVerbs } from "./determinism.ts";
import { type Done, examples } from "./parts.ts";
import { addScenarioVerbs } from "./scenario.ts";

export function addSimulatorVerbs(program: Command, done: Done): void {
  program.commandsGroup("Simulations and recordings");
  const runExample = [
    "the same to the last bit, each time",
    "sim run scenarios/basics/train.yaml --seed 7",
  ] as const;
  const sim = program.command("sim").description("the simulator: scenarios in virtual time");
  sim.addHelpText("after", examples(runExample));
  addScenarioVerbs(sim, done);
  addDeterminismVerbs(sim, done);
  addSwarm(sim, done);
  addShrink(sim, done);
  addPlanted(sim, done);
  program
    .command("check")
    .description("run the checkers over recorded traces, simulated or real")
    .argument("<trace...>", "trace files, or folders of them; several are merged by time")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      examples(
        ["a run over gRPC", "train jobs/a9a.yaml --trace trace.jsonl"],
        ["holds what is promised", "check trace.jsonl"],
      ),
    )
    .action(async (paths: string[], options) => {
      const { check } = await import("../commands/check.ts");
      done(check(paths, options));
    });
  addConform(program, done);
}

function addSwarm(sim: Command, done: Done): void {
  sim
    .command("swarm")
    .description("random runs on several processes, to find what no scenario tells yet (docs/swarm.md)")
    .option("--seeds <n>", "so many seeds; 1000 without --time", countOf)
    .option("--time <duration>", "as many as fit, such as 10m")
    .option("--seed <first>", "the first of the seeds", wholeOf, 1)
    .option("--jobs <n>", "processes; one for each core otherwise", countUpTo(256))
    .option("--out <folder>", "gets a scenario for each failure", "swarm-found")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      examples(
        ["a thousand clusters", "sim swarm --seeds 1000"],
        ["overnight, elsewhere in the seeds", "sim swarm --time 8h --seed 1000000"],
      ),
    )
    .action(async (options) => {
      const { simSwarm } = await import("../commands/sim-swarm.ts");
      done(await simSwarm(options));
    });
}

function addPlanted(sim: Command, done: Done): void {
  sim
    .command("planted")
    .description(
      "deliberate bugs, each in a copy of the core in memory: every one must be found (docs/checkers.md)",
    )
    .argument("[bug...]", "names of bugs; all otherwise")
    .option("--measure <runs>", "go on for so many runs each, to measure how often they are found", countOf)
    .option("--shrink", "make the first failure of each as small as it gets, and say how small and how long")
    .option("--jobs <n>", "processes; one for each core otherwise", countUpTo(256))
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      examples(
        ["are all of them found", "sim planted"],
        ["how often one is", "sim planted delay-off-by-one --measure 200"],
      ),
    )
    .action(async (names: string[], options) => {
      const { simPlanted } = await import("../commands/sim-planted.ts");
      done(await simPlanted(names, options));
    });
}

function addShrink(sim: Command, done: Done): void {
  sim
    .command("shrink")
    .description("the smallest scenario that fails in the same way, and why it does (docs/swarm.md)")
    .argument("<scenario>", "scenario file, or a seed of the swarm")
    .option(
      "--keep <invariant>",
      "a check such as X1, or failed, undecided, broken; its first failure otherwise",
    )
    .option("--seed <text>", "seed of every draw, instead of the scenario's")
    .option("--jobs <n>", "processes; one for each core otherwise", countUpTo(256))
    .option("--candidates <n>", "scenarios that are tried, at most", countOf, defaultCandidatesMax)
    .option("--out <folder>", "gets the scenario, a diagram, its causes and a test", "shrunk")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      examples(
        ["what the swarm found", "sim shrink swarm-found/seed-19.yaml"],
        ["a drawn run by its seed, by what it violates", "sim shrink 19 --keep R3"],
      ),
    )
    .action(async (what: string, options) => {
      const { simShrink } = await import("../commands/sim-shrink.ts");
      done(await simShrink(what, options));
    });
}
