/** What starts the nodes of a cluster. */
import type { Command } from "commander";
import { replicasMax, serversMax, virtualServersMax, workersMax } from "../cluster-limits.ts";
import { clusterIdOf, countOf, countUpTo, portOf, positiveOf, wholeOf, wholeUpTo } from "../option-values.ts";
import { addEtcdOptions } from "./etcd.ts";
import { type Done, examples, oneOf } from "./parts.ts";

export function addClusterVerbs(program: Command, done: Done): void {
  program.commandsGroup("Clusters");
  const launch = program
    .command("launch")
    .description("start a cluster on this machine that waits for a job, runs it, and ends with it")
    .option("--servers <n>", "server processes", countUpTo(serversMax), 2)
    .option("--workers <n>", "worker processes", countUpTo(workersMax), 2)
    .option("--virtual-servers <n>", "points of each server on the ring", countUpTo(virtualServersMax), 4)
    .option("--replicas <k>", "of each segment of keys, beside its master", wholeUpTo(replicasMax), 0)
    .option("--port <n>", "of the manager, on 127.0.0.1; 0 takes a free one", portOf, 7070)
    .option("--trace <folder>", "each node writes its facts there")
    .option("--record <folder>", "each node records its events and effects there")
    .option("--checkpoint-dir <folder>", "where checkpoints are kept, and a job goes on from")
    .option("--registry <etcd://…>", "etcd://host:port,… keeps the registry, not the manager")
    .optionsGroup("A scenario on real processes")
    .option("--scenario <file>", "run its cluster, its job and its faults, and judge it (docs/real.md)")
    .option("--seed <text>", "with --scenario: instead of the one in the file")
    .option("--seconds-max <n>", "with --scenario: undecided after so long", countOf, 120)
    .option("--json", "with --scenario: print one JSON document");
  addEtcdOptions(launch)
    .addHelpText(
      "after",
      examples(
        ["in one terminal", "launch --servers 3 --workers 3"],
        ["in another", "train jobs/a9a.yaml --connect 127.0.0.1:7070"],
        ["a failure, really", "launch --scenario scenarios/basics/kill-a-server.yaml"],
      ),
    )
    .action(async (options, self: Command) => {
      refuseMixture(self, options.scenario !== undefined);
      if (options.scenario !== undefined) {
        const { launchScenario } = await import("../commands/launch-scenario.ts");
        done(await launchScenario(options.scenario, options));
        return;
      }
      const command = await import("../commands/launch.ts");
      done(await command.launch(options));
    });
  addStart(program, done);
  program
    .command("cert")
    .description("make an authority and node certificates for trials of TLS (needs openssl)")
    .argument("<folder>", "where to write them")
    .option("--cluster <id>", "the cluster's id", clusterIdOf, "tauring")
    .option("--host <names...>", "host names and addresses in them", ["127.0.0.1", "localhost"])
    .option("--force", "replace the authority and the keys that are there")
    .addHelpText("after", examples(["for two machines", "cert certs --host 10.0.0.1 10.0.0.2"]))
    .action(async (folder: string, options) => {
      const { makeCertificates } = await import("../commands/cert.ts");
      done(await makeCertificates(folder, options));
    });
}

/** What a scenario's file says, and what is said of a scenario only. */
const withoutScenario = [
  "servers",
  "workers",
  "virtualServers",
  "replicas",
  "port",
  "record",
  "checkpointDir",
];
const withScenario = ["seed", "secondsMax", "json"];

/** In the environment an option may stand for other commands. */
function refuseMixture(command: Command, hasScenario: boolean): void {
  for (const option of command.options) {
    const name = option.attributeName();
    if (!(hasScenario ? withoutScenario : withScenario).includes(name)) continue;
    if (command.getOptionValueSource(name) !== "cli") continue;
    const why = hasScenario
      ? "does not go with --scenario: its file has the cluster"
      : "goes with --scenario";
    command.error(`option ${option.long} ${why}`);
  }
}

function addStart(program: Command, done: Done): void {
  const start = program
    .command("start")
    .description("start one node of a cluster that may span machines; it ends with its job")
    .addOption(
      oneOf("--role <role>", "of the node", [
        "manager",
        "scheduler",
        "server",
        "worker",
      ]).makeOptionMandatory(),
    )
    .option("--id <n>", "number of the node within its role", wholeOf, 0)
    .option("--bind <host:port>", "address to listen on; port 0 takes a free one", "127.0.0.1:0")
    .option("--advertise <host>", "host by which peers reach it, where it is another")
    .option("--connect <host:port>", "the manager; every other role needs it, without etcd")
    .option("--cluster <id>", "the cluster's id; nodes of another are refused", "tauring")
    .option("--servers <n>", "servers to wait for", countUpTo(serversMax), 2)
    .option("--workers <n>", "workers to wait for", countUpTo(workersMax), 2)
    .option("--virtual-servers <n>", "points of each server on the ring", countUpTo(virtualServersMax), 4)
    .option("--replicas <k>", "of each segment of keys, beside its master", wholeUpTo(replicasMax), 0)
    .option("--registry <place>", "the manager's folder for it, or etcd://host:port,…")
    .option("--suspect-after-ms <ms>", "silence after which a peer counts as dead", positiveOf)
    .option("--replace-after-ms <ms>", "how long slots of a lost worker wait for a newcomer", wholeOf)
    .option(
      "--drain-timeout-ms <ms>",
      "how long a server that is told to leave waits for others to take over what it holds",
      wholeOf,
      10_000,
    )
    .option(
      "--standby-shares <n>",
      "with replicas: shares of others that a worker keeps at hand, to go on at once; 4 otherwise",
      wholeOf,
    )
    .option("--rejoin-max <n>", "times a minute that it joins again where it was evicted", wholeOf, 10)
    .option("--trace <out>", "its facts, as JSON Lines; gzip when it ends in .gz")
    .option("--record <out>", "its events and effects, for tauring conform")
    .option("--checkpoint-dir <folder>", "where checkpoints are kept: the same for every node")
    .optionsGroup("Beyond this machine")
    .option("--tls-cert <file>", "certificate of the node (mutual TLS)")
    .option("--tls-key <file>", "its key")
    .option("--tls-ca <file>", "authority that signed every node's certificate")
    .option("--insecure", "allow an address beyond this machine without TLS");
  addEtcdOptions(start)
    .addHelpText(
      "after",
      examples(
        [
          "a manager that waits for two servers and two workers",
          "start --role manager --bind 127.0.0.1:7070",
        ],
        ["its scheduler", "start --role scheduler --connect 127.0.0.1:7070"],
        ["one of its servers; the other has --id 1", "start --role server --connect 127.0.0.1:7070"],
        ["one of its workers", "start --role worker --connect 127.0.0.1:7070"],
      ),
    )
    .action(async (options) => {
      const command = await import("../commands/start.ts");
      done(await command.start(options));
    });
}
