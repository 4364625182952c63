/** `tauring trace …`: what reads recorded facts. */
import { type Command, InvalidArgumentError } from "commander";
import { countOf, placeOf, wholeOf } from "../option-values.ts";
import { type Done, examples, oneOf } from "./parts.ts";

const traces = "trace files, or folders of them; several are merged by time";

export function addTraceVerbs(program: Command, done: Done): void {
  const trace = program
    .command("trace")
    .description("recorded facts as text, counts, differences and pictures")
    .addHelpText(
      "after",
      examples(
        ["what became of task 12 of slot 0", "trace cat trace.jsonl --slot 0 --time 12"],
        ["why a check is violated", "trace explain trace.jsonl --svg why.svg"],
      ),
    );
  const command = (name: string, description: string): Command =>
    trace.command(name).description(description);
  select(
    command("cat", "print facts, a line each: number, moment, node and words").argument("<trace...>", traces),
  )
    .option("--json", "print the facts as JSON Lines")
    .addHelpText("after", examples(["the second around a failure", "trace cat t.jsonl --from 4s --to 5s"]))
    .action(async (paths: string[], options) =>
      done((await import("../commands/trace.ts")).cat(paths, options)),
    );
  select(
    command("grep", "print the facts whose words contain a text")
      .argument("<text>", "such as evicted")
      .argument("<trace...>", traces),
  )
    .option("--json", "print the facts as JSON Lines")
    .addHelpText("after", examples(["who gave up whom", "trace grep evicted t.jsonl"]))
    .action(async (text: string, paths: string[], options) =>
      done((await import("../commands/trace.ts")).cat(paths, options, text)),
    );
  command("stats", "how many of each fact, and how long pushes, pulls, commits and repairs took")
    .argument("<trace...>", traces)
    .option("--json", "print one JSON document")
    .addHelpText("after", examples(["latencies of a run", "trace stats t.jsonl.gz"]))
    .action(async (paths: string[], options) =>
      done((await import("../commands/trace.ts")).stats(paths, options)),
    );
  addDiff(trace, done);
  addExplain(trace, done);
  select(command("diagram", "draw facts in space and time, as SVG").argument("<trace...>", traces))
    .option("--facts-max <n>", "more than so many are refused", countOf, 400)
    .option("--out <file>", "where to; otherwise to stdout")
    .addHelpText("after", examples(["one push", "trace diagram t.jsonl --slot 0 --time 12 --out push.svg"]))
    .action(async (paths: string[], options) =>
      done((await import("../commands/explain.ts")).drawDiagram(paths, options)),
    );
  command("export", "for Chrome's trace viewer and Perfetto, or for ShiViz")
    .argument("<trace...>", traces)
    .addOption(oneOf("--format <format>", "of the export", ["chrome", "shiviz"]).default("chrome"))
    .option("--out <file>", "where to; otherwise to stdout")
    .addHelpText("after", examples(["to open in ui.perfetto.dev", "trace export t.jsonl --out t.json"]))
    .action(async (paths: string[], options) =>
      done((await import("../commands/trace.ts")).exportTrace(paths, options)),
    );
}

/** Also `tauring sim diff`. */
export function addDiff(parent: Command, done: Done): void {
  parent
    .command("diff")
    .description("where two traces part; exit code 1 where they do")
    .argument("<left>", "trace file or folder")
    .argument("<right>", "trace file or folder")
    .option("--context <n>", "facts shown before and after", wholeOf, 3)
    .option("--json", "print one JSON document")
    .addHelpText("after", examples(["of two runs", `${parent.name()} diff a.jsonl b.jsonl`]))
    .action(async (left: string, right: string, options) =>
      done((await import("../commands/trace.ts")).diff(left, right, options)),
    );
}

/** Also `tauring sim explain`. */
export function addExplain(parent: Command, done: Done): void {
  const failed = `${parent.name()} explain failed.jsonl --svg why.svg`;
  parent
    .command("explain")
    .description("what the first violation follows from, and nothing else")
    .argument("<trace...>", traces)
    .option("--fact <n>", "explain this fact instead, by its number", wholeOf)
    .option("--facts-max <n>", "facts shown: the latest ones", countOf, 40)
    .option("--svg <out>", "draw it as well")
    .option("--json", "print one JSON document")
    .addHelpText("after", examples(["after a failed run", failed]))
    .action(async (paths: string[], options) =>
      done((await import("../commands/explain.ts")).explain(paths, options)),
    );
}

function select(command: Command): Command {
  return command
    .option("--node <name...>", "of these nodes")
    .option("--type <type...>", "of these types (docs/observations.md)")
    .option("--slot <n>", "about this slot", wholeOf)
    .option("--segment <name>", "about this segment: eight hexadecimal digits", segmentOf)
    .option("--time <n>", "about the task of this time", wholeOf)
    .option("--from <place>", "not before this moment (1.5s, 20ms), or the fact of this number", placeOf)
    .option("--to <place>", "not after", placeOf);
}

function segmentOf(text: string): number {
  if (/^[0-9a-f]{8}$/.test(text)) return Number.parseInt(text, 16);
  throw new InvalidArgumentError("Expected eight hexadecimal digits, as traces show them.");
}
