/** What trains a model, and what says how good one is. */
import type { Command, Option } from "commander";
import { replicasMax, serversMax, workersMax } from "../cluster-limits.ts";
import { countOf, countUpTo, positiveOf, wholeOf, wholeUpTo } from "../option-values.ts";
import { addEtcdOptions } from "./etcd.ts";
import { type Done, examples, oneOf } from "./parts.ts";

export function addTrainingVerbs(program: Command, done: Done): void {
  program.commandsGroup("Training");
  const train = program
    .command("train")
    .description("train a job: on processes of this machine, in the simulator, or on a running cluster")
    .argument("<job>", "job file, such as jobs/clickbait.yaml")
    .optionsGroup("What is trained, instead of what the job file says")
    .option("--tau <n>", "maximal delay; 0 is sequential", wholeOf)
    .option("--gap <x>", "stop at this relative gap to the job's reference objective", positiveOf)
    .option("--passes <n>", "stop after so many passes", countOf)
    .option("--eta <x>", "step size", positiveOf)
    .option("--seed <text>", "seed of every draw")
    .addOption(oneOf("--solver <name>", "algorithm", ["dbpg", "bpg", "ftrl", "adagrad"]))
    .addOption(
      oneOf("--filters <set>", "all: kkt, key-caching, snappy, and on pushes fixed-point", [
        "none",
        "key-caching",
        "all",
      ]),
    )
    .addOption(badLines())
    .optionsGroup("Where")
    .addOption(oneOf("--world <world>", "gRPC, or virtual time", ["grpc", "sim"]).default("grpc"))
    .option("--servers <n>", "servers", countUpTo(serversMax))
    .option("--workers <n>", "workers", countUpTo(workersMax))
    .option("--replicas <k>", "of each segment of keys, beside its master", wholeUpTo(replicasMax))
    .option("--registry <etcd://…>", "etcd://host:port,… keeps the registry, not the manager")
    .option("--connect <host:port>", "the manager of a running cluster, to submit to")
    .option("--cluster <id>", "with --connect: the id that the cluster must have")
    .option("--tls-cert <file>", "with --connect: certificate, where the cluster uses TLS")
    .option("--tls-key <file>", "with --connect: its key")
    .option("--tls-ca <file>", "with --connect: the cluster's authority")
    .option("--kill <node>", "kill it after the third pass, to see that the others go on")
    .optionsGroup("Checkpoints")
    .option("--checkpoint-dir <folder>", "where they are kept (with --connect: the cluster knows)")
    .option("--checkpoint-every <passes>", "how often; each pass where nothing else says", countOf)
    .option("--resume <folder>", "go on from a checkpoint, or from the newest of the folder")
    .optionsGroup("What is left of it")
    .option("--model <out>", "the model, as text that liblinear reads (docs/data.md)")
    .option("--trace <out>", "every fact, as JSON Lines; gzip when it ends in .gz")
    .option("--record <folder>", "each node's events and effects, for tauring conform")
    .option("--json", "print one JSON document (docs/train-json.md)");
  addEtcdOptions(train)
    .addHelpText(
      "after",
      examples(
        [
          "sequential, to a millionth of the optimum",
          "train jobs/clickbait.yaml --tau 0 --gap 1e-6 --model m.txt",
        ],
        ["in the simulator, for a program to read", "train jobs/a9a.yaml --world sim --json"],
        ["on a cluster that tauring launch started", "train jobs/a9a.yaml --connect 127.0.0.1:7070"],
      ),
    )
    .action(async (job: string, options) => {
      const command = await import("../commands/train.ts");
      done(
        await command.train(job, { ...options, source: (name: string) => train.getOptionValueSource(name) }),
      );
    });
  program
    .command("evaluate")
    .description("accuracy, AUC and log-loss of a model on data")
    .argument("<model>", "model file")
    .argument("<data...>", "data files, plain or gzip")
    .addOption(oneOf("--format <format>", "of the data", ["libsvm", "criteo"]).default("libsvm"))
    .addOption(badLines().default("fail"))
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      examples(["on data that it has not seen", "evaluate m.txt data/clickbait.test.svm.gz"]),
    )
    .action(async (model: string, data: string[], options) => {
      const { evaluateModel } = await import("../commands/evaluate.ts");
      done(await evaluateModel(model, data, options));
    });
}

function badLines(): Option {
  return oneOf("--bad-lines <rule>", "what a malformed line of data does", ["fail", "skip"]);
}
