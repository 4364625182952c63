/** The verbs that hold a run to its seed: `tauring sim replay`, `steps`, `bisect`, and those that read its traces. */
import type { Command } from "commander";
import { countOf, momentOf } from "../option-values.ts";
import { addDiff, addExplain } from "./trace.ts";
import { type Done, examples } from "./parts.ts";

const scenarioFile = "scenario file";

export function addDeterminismVerbs(sim: Command, done: Done): void {
  sim
    .command("replay")
    .description("run what a trace is of again, and hold it to the trace, fact by fact")
    .argument("<trace>", "that tauring sim run --trace has written")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      examples(
        ["record", "sim run scenarios/basics/lossy.yaml --trace t.jsonl"],
        ["the same still, on this machine and with this code", "sim replay t.jsonl"],
      ),
    )
    .action(async (path: string, options) => {
      const { simReplay } = await import("../commands/sim-replay.ts");
      done(await simReplay(path, options));
    });
  sim
    .command("steps")
    .description("print every event that a node is given: its cause, the node's state, the hash so far")
    .argument("<scenario>", scenarioFile)
    .option("--seed <text>", "seed of every draw, instead of the scenario's")
    .option("--from <n>", "from this step on", countOf, 1)
    .option("--to <n>", "up to this step", countOf)
    .option("--every <n>", "only each so many-th", countOf, 1)
    .option("--json", "print JSON Lines, and the end")
    .addHelpText("after", examples(["the first ten", "sim steps scenarios/basics/lossy.yaml --to 10"]))
    .action(async (path: string, options) => {
      const { simSteps } = await import("../commands/sim-steps.ts");
      done(await simSteps(path, options));
    });
  sim
    .command("bisect")
    .description("run a scenario in two fresh processes, and name the first step that differs")
    .argument("<scenario>", scenarioFile)
    .option("--seed <text>", "seed of every draw, instead of the scenario's")
    .option("--other <bin>", "bin/tauring.js of another build, for the second run")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      examples(
        ["does it depend on anything but its seed", "sim bisect scenarios/basics/lossy.yaml"],
        ["what a change of the code changes", "sim bisect s.yaml --other ../before/bin/tauring.js"],
      ),
    )
    .action(async (path: string, options) => {
      const { simBisect } = await import("../commands/sim-bisect.ts");
      done(await simBisect(path, options));
    });
  addOtherRuns(sim, done);
  addDiff(sim, done);
  addExplain(sim, done);
  addConform(sim, done);
  sim
    .command("recheck")
    .description("the checkers of today over recorded traces, as tauring check")
    .argument("<trace...>", "trace files, or folders of them")
    .option("--json", "print one JSON document")
    .addHelpText("after", examples(["an old recording", "sim recheck old.jsonl.gz"]))
    .action(async (paths: string[], options) => {
      const { check } = await import("../commands/check.ts");
      done(check(paths, options));
    });
}

function addOtherRuns(sim: Command, done: Done): void {
  sim
    .command("branch")
    .description("run a scenario up to a moment, and go on from there with another seed")
    .argument("<scenario>", scenarioFile)
    .requiredOption("--at <duration>", "the moment, in virtual time: 1.5s, 20ms", momentOf)
    .requiredOption("--reseed <text>", "seed of every draw from then on")
    .option("--seed <text>", "seed of every draw before, instead of the scenario's")
    .option("--trace <out>", "every fact, as JSON Lines; gzip when it ends in .gz")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      examples([
        "the same failure, and another way out of it",
        "sim branch scenarios/basics/kill-a-server.yaml --at 200ms --reseed 2",
      ]),
    )
    .action(async (path: string, options) => {
      const { simBranch } = await import("../commands/sim-branch.ts");
      done(await simBranch(path, options));
    });
  sim
    .command("marks")
    .description("what scenarios reach: which facts are told, which checks decide something")
    .argument("<path...>", "scenario files, or folders of them")
    .option("--missing", "only what is never reached; exit code 1 where something is")
    .option("--json", "print one JSON document")
    .addHelpText("after", examples(["what the library leaves out", "sim marks scenarios --missing"]))
    .action(async (paths: string[], options) => {
      const { simMarks } = await import("../commands/sim-marks.ts");
      done(await simMarks(paths, options));
    });
}

/** Also `tauring sim conform`. */
export function addConform(parent: Command, done: Done): void {
  parent
    .command("conform")
    .description("feed recorded nodes their events again: the effects must be the same bytes")
    .argument("<record...>", "recordings (*.rec), or folders of them")
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      examples(
        ["a run over gRPC", "train jobs/a9a.yaml --record records"],
        ["was the same core", "conform records"],
      ),
    )
    .action(async (paths: string[], options) => {
      const { conformRecords } = await import("../commands/conform.ts");
      done(await conformRecords(paths, options));
    });
}
