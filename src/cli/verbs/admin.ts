/** Commands that look after a running cluster. */
import type { Command } from "commander";
import { countOf, wholeOf } from "../option-values.ts";
import { addReachOptions, defaultAddress } from "../reach-options.ts";
import { type Done, examples } from "./parts.ts";
import { addEtcdOptions } from "./etcd.ts";

/** How it is reached: by any of its nodes. */
function addClusterOptions(command: Command): Command {
  command
    .option(
      "--connect <host:port,…>",
      "any nodes of the cluster; the first that answers is used",
      defaultAddress,
    )
    .option("--timeout-ms <ms>", "a node that has not answered by then is unreachable", countOf, 2_000)
    .option("--json", "print one JSON document");
  return addReachOptions(command);
}

const looks = {
  status: "job, view, leaders, progress, and every node with how it is",
  ring: "who owns which part of the ring, who replicates it, and what moves",
  clocks: "every slot's clock, at each server, and who holds whom back",
  workers: "what each slot does, waits for, and how much of its time",
} as const;

function addLooks(program: Command, done: Done): void {
  for (const name of Object.keys(looks) as (keyof typeof looks)[]) {
    addClusterOptions(program.command(name).description(looks[name]).argument("[host:port]", "as --connect"))
      .addHelpText(
        "after",
        examples(["of the cluster of tauring launch", name], ["for programs", `${name} --json`]),
      )
      .action(async (address: string | undefined, options) => {
        const commands = await import("../commands/status.ts");
        done(await commands[name](address === undefined ? options : { ...options, connect: address }));
      });
  }
}

export function addAdminVerbs(program: Command, done: Done): void {
  program.commandsGroup("Looking after a cluster");
  addLooks(program, done);
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
      const { why } = await import("../commands/why.ts");
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
      const { drainNode } = await import("../commands/node.ts");
      done(await drainNode(name, options));
    });
  addClusterOptions(
    node
      .command("decommission")
      .description("a node is gone for good: nobody may come back under its name")
      .argument("<node>", "such as server-1"),
  )
    .addHelpText("after", examples(["its machine has burnt down", "node decommission server-1"]))
    .action(async (name: string, options) => {
      const { decommissionNode } = await import("../commands/node.ts");
      done(await decommissionNode(name, options));
    });
  addJoin(node, done);
}

function addJoin(node: Command, done: Done): void {
  const join = addClusterOptions(
    node
      .command("join")
      .description("start one more node of a running cluster here, as the others were started")
      .argument("<node>", "a role, which takes the next free number, or a name such as server-3")
      .option("--bind <host:port>", "address to listen on; port 0 takes a free one", "127.0.0.1:0")
      .option("--advertise <host>", "host by which peers reach it, where it is another")
      .option("--drain-timeout-ms <ms>", "how long others may take when it is told to leave", wholeOf, 10_000)
      .option("--print", "say the command that starts it, and start nothing"),
  ).option("--registry <etcd://…>", "etcd://host:port,… where the cluster's registry is there");
  addEtcdOptions(join)
    .addHelpText(
      "after",
      examples(
        ["a server more, which takes over its share", "node join server"],
        ["how to start it", "node join server --print"],
      ),
    )
    .action(async (name: string, options) => {
      const { joinNode } = await import("../commands/node-join.ts");
      done(await joinNode(name, options));
    });
}
