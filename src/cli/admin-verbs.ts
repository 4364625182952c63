/** Commands that look after a running cluster. */
import type { Command } from "commander";
import { clusterIdOf, countOf, wholeOf } from "./option-values.ts";
import { examples } from "./verb-help.ts";

type Done = (code: number) => void;

const defaultAddress = "127.0.0.1:7070";

/** How it is reached: by any of its nodes. */
function addClusterOptions(command: Command): Command {
  return command
    .option(
      "--connect <host:port,…>",
      "any nodes of the cluster; the first that answers is used",
      defaultAddress,
    )
    .option("--timeout-ms <ms>", "a node that has not answered by then is unreachable", countOf, 2_000)
    .option("--json", "print one JSON document")
    .optionsGroup("Beyond this machine")
    .option("--cluster <id>", "the id that the cluster must have", clusterIdOf)
    .option("--tls-cert <file>", "certificate, where the cluster uses TLS")
    .option("--tls-key <file>", "its key")
    .option("--tls-ca <file>", "the cluster's authority");
}

export function addAdminVerbs(program: Command, done: Done): void {
  program.commandsGroup("Looking after a cluster");
  addClusterOptions(
    program
      .command("why")
      .description("what everything that is blocked waits for, and since when")
      .argument(
        "[task]",
        "the task's number: what of it is blocked, and what that waits for in turn",
        wholeOf,
      ),
  )
    .addHelpText(
      "after",
      examples(
        ["what holds the cluster up", "why"],
        ["who keeps task 12 waiting", "why 12"],
        ["also while the manager is down: any node answers", "why --connect 127.0.0.1:40123"],
      ),
    )
    .action(async (task: number | undefined, options) => {
      const { why } = await import("./commands/why.ts");
      done(await why(task, options));
    });
  const drainExample = [
    "others take over what it holds, then its process ends",
    "node drain server-1",
  ] as const;
  const node = program
    .command("node")
    .description("nodes that come and go")
    .addHelpText("after", examples(drainExample));
  addClusterOptions(
    node
      .command("drain")
      .description("ask a node to leave: others take over what it holds, then its process ends with 0")
      .argument("<node>", "such as server-1")
      .option(
        "--drain-timeout-ms <ms>",
        "how long others may take; then it leaves all the same",
        countOf,
        60_000,
      )
      .option("--fewer-copies", "also where too few servers remain for every replica"),
  )
    .addHelpText("after", examples(drainExample))
    .action(async (name: string, options) => {
      const { drainNode } = await import("./commands/node.ts");
      done(await drainNode(name, options));
    });
}
