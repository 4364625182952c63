/** The command line. Each command loads only what it needs. */
import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { CommandError, exitCodes, exitCodesHelp } from "./exit.ts";
import { say, tolerateClosedOutput } from "./output.ts";

/** Runs the command and returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  tolerateClosedOutput();
  let code: number = exitCodes.success;
  const program = build((result) => {
    code = result;
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return code;
  } catch (error) {
    return failureCode(error);
  }
}

function failureCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  if (error instanceof CommandError) {
    say(`tauring: ${error.message}`);
    return error.exitCode;
  }
  say(`tauring: this is a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return exitCodes.bug;
}

type Done = (code: number) => void;

function build(done: Done): Command {
  const program = new Command("tauring")
    .description("A parameter server that people trust: one deterministic core, simulated and deployed")
    .version(version(), "-V, --version")
    .exitOverride()
    .showHelpAfterError("(tauring --help lists the commands)")
    .addHelpText(
      "after",
      `
Examples
  $ tauring train jobs/clickbait.yaml                    train over gRPC on this machine
  $ tauring sim run scenarios/basics/train.yaml --seed 7 the same job in virtual time
  $ tauring check trace.jsonl                            the checkers over a recorded trace

${exitCodesHelp}`,
    );
  addTraining(program, done);
  addCluster(program, done);
  addSimulator(program, done);
  addFiles(program, done);
  return program;
}

function addTraining(program: Command, done: Done): void {
  program
    .command("train")
    .description(
      "train a job on a cluster of processes of this machine, in the simulator, or on a running cluster",
    )
    .argument("<job>", "job file, such as jobs/clickbait.yaml")
    .addOption(new Option("--world <world>", "where it runs").choices(["grpc", "sim"]).default("grpc"))
    .option("--servers <n>", "server processes", countOf)
    .option("--workers <n>", "worker processes", countOf)
    .option("--tau <n>", "maximal delay; 0 is sequential", wholeOf)
    .option("--gap <x>", "stop at this relative gap to the job's reference objective", positiveOf)
    .option("--passes <n>", "stop after this many passes", countOf)
    .option("--eta <x>", "step size instead of the job's", positiveOf)
    .option("--seed <text>", "seed of every draw")
    .addOption(
      new Option("--solver <name>", "instead of the job's").choices(["dbpg", "bpg", "ftrl", "adagrad"]),
    )
    .addOption(new Option("--filters <set>", "instead of the job's").choices(["none", "key-caching", "all"]))
    .addOption(
      new Option(
        "--bad-lines <rule>",
        "a malformed line of data ends the run, or is skipped and counted",
      ).choices(["fail", "skip"]),
    )
    .option("--model <out>", "write the model here (liblinear's text format, docs/data.md)")
    .option("--trace <out>", "write the facts of every node here (JSON Lines; gzip when it ends in .gz)")
    .option("--record <folder>", "record each node's events and effects there, for tauring conform")
    .option("--connect <host:port>", "submit to the cluster whose manager is there")
    .option("--tls-cert <file>", "certificate, with --connect to a cluster that uses TLS")
    .option("--tls-key <file>", "its key")
    .option("--tls-ca <file>", "the cluster's authority")
    .option("--json", "print one JSON document (docs/train-json.md)")
    .addHelpText(
      "after",
      "\nExamples\n  $ tauring train jobs/clickbait.yaml --tau 0 --gap 1e-6 --model clickbait.model\n  $ tauring train jobs/a9a.yaml --world sim --json\n  $ tauring train jobs/clickbait.yaml --connect 127.0.0.1:7070",
    )
    .action(async (job: string, options) => {
      const { train } = await import("./commands/train.ts");
      done(await train(job, options));
    });
  program
    .command("evaluate")
    .description("accuracy, AUC and log-loss of a model on data")
    .argument("<model>", "model file")
    .argument("<data...>", "data files")
    .addOption(new Option("--format <format>", "of the data").choices(["libsvm", "criteo"]).default("libsvm"))
    .addOption(new Option("--bad-lines <rule>").choices(["fail", "skip"]).default("fail"))
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExample\n  $ tauring evaluate clickbait.model data/clickbait.test.svm.gz")
    .action(async (model: string, data: string[], options) => {
      const { evaluateModel } = await import("./commands/evaluate.ts");
      done(await evaluateModel(model, data, options));
    });
}

function addCluster(program: Command, done: Done): void {
  const tls = (command: Command): Command =>
    command
      .option("--tls-cert <file>", "certificate of the node (mutual TLS)")
      .option("--tls-key <file>", "its key")
      .option("--tls-ca <file>", "authority that signed every node's certificate")
      .option("--insecure", "allow an address other than 127.0.0.1 without TLS");
  tls(
    program
      .command("start")
      .description("start one node of a cluster that may span machines")
      .requiredOption("--role <role>", "manager, scheduler, server or worker")
      .option("--id <n>", "number of the node within its role", wholeOf, 0)
      .option("--bind <host:port>", "address to listen on; port 0 takes a free one", "127.0.0.1:0")
      .option("--advertise <host:port>", "address that peers use, where it is another")
      .option("--connect <host:port>", "address of the manager; needed by every other role")
      .option("--cluster <id>", "the cluster's id; nodes of another are refused", "tauring")
      .option("--servers <n>", "servers to wait for", countOf, 2)
      .option("--workers <n>", "workers to wait for", countOf, 2)
      .option("--virtual-servers <n>", "points of each server on the ring", countOf, 4)
      .option("--data-dir <folder>", "the manager keeps its registry there")
      .option("--trace <out>", "write this node's facts here")
      .option("--record <file>", "record events and effects, for tauring conform")
      .option("--suspect-after-ms <ms>", "silence after which a peer counts as dead", positiveOf),
  )
    .addHelpText(
      "after",
      "\nExamples\n  $ tauring start --role manager --bind 127.0.0.1:7070 --servers 1 --workers 1\n  $ tauring start --role server --id 0 --connect 127.0.0.1:7070 --servers 1 --workers 1",
    )
    .action(async (options) => {
      const { start } = await import("./commands/start.ts");
      done(await start(options));
    });
  program
    .command("launch")
    .description("start a local cluster and wait for jobs: tauring train --connect submits to it")
    .option("--servers <n>", "server processes", countOf, 2)
    .option("--workers <n>", "worker processes", countOf, 2)
    .option("--virtual-servers <n>", "points of each server on the ring", countOf, 4)
    .option("--port <n>", "port of the manager on 127.0.0.1; 0 takes a free one", wholeOf, 7070)
    .option("--trace <folder>", "each node writes its facts there")
    .action(async (options) => {
      const { launch } = await import("./commands/launch.ts");
      done(await launch(options));
    });
  program
    .command("cert")
    .description("make a certificate authority and node certificates for trials (needs openssl)")
    .argument("<folder>", "where to write them")
    .option("--cluster <id>", "the cluster's id", "tauring")
    .option("--host <names...>", "host names and addresses in the certificates", ["127.0.0.1", "localhost"])
    .action(async (folder: string, options) => {
      const { makeCertificates } = await import("./commands/cert.ts");
      done(await makeCertificates(folder, options));
    });
}

function addSimulator(program: Command, done: Done): void {
  const sim = program.command("sim").description("the simulator: scenarios in virtual time");
  sim
    .command("run")
    .description("run a scenario under all checkers")
    .argument("<scenario>", "scenario file")
    .option("--seed <seed>", "instead of the scenario's")
    .option("--trace <out>", "write every fact here (JSON Lines; gzip when it ends in .gz)")
    .option("--json", "print one JSON document")
    .addHelpText("after", "\nExample\n  $ tauring sim run scenarios/basics/train.yaml --seed 7")
    .action(async (path: string, options) => {
      const { simRun } = await import("./commands/sim-run.ts");
      done(await simRun(path, options));
    });
  program
    .command("check")
    .description("run the checkers over recorded traces")
    .argument("<trace...>", "trace files, or folders of them; several are merged by time")
    .option("--json", "print one JSON document")
    .action(async (paths: string[], options) => {
      const { check } = await import("./commands/check.ts");
      done(check(paths, options));
    });
  program
    .command("conform")
    .description(
      "feed a recorded node's events to the core again: the effects must be the same, byte for byte",
    )
    .argument("<record...>", "files made by train --record or start --record")
    .option("--json", "print one JSON document")
    .action(async (paths: string[], options) => {
      const { conformRecords } = await import("./commands/conform.ts");
      done(await conformRecords(paths, options));
    });
}

function addFiles(program: Command, done: Done): void {
  program
    .command("data")
    .description("data sets")
    .command("synthetic")
    .description("write a synthetic classification set: Zipf keys, a sparse truth, from a seed")
    .requiredOption("--rows <n>", "rows", countOf)
    .requiredOption("--features <n>", "features", countOf)
    .requiredOption("--nonzeros <n>", "non-zeros, about, in all", countOf)
    .option("--seed <seed>", "seed of every draw", "1")
    .argument("<out>", "libsvm text; gzip when it ends in .gz")
    .addHelpText(
      "after",
      "\nExample\n  $ tauring data synthetic --rows 200000 --features 500000 --nonzeros 15500000 --seed 1 big.svm",
    )
    .action(async (out: string, options) => {
      const { synthetic } = await import("./commands/synthetic.ts");
      done(await synthetic(out, options));
    });
  program
    .command("doctor")
    .description("check that this machine can run tauring, and say what would help where it cannot")
    .option("--json", "print one JSON document")
    .action(async (options) => {
      const { doctor } = await import("./commands/doctor.ts");
      done(await doctor(options));
    });
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

function numberOf(text: string, isAllowed: (n: number) => boolean, what: string): number {
  const n = Number(text);
  if (text.trim() === "" || !isAllowed(n)) throw new InvalidArgumentError(`"${text}" is no ${what}.`);
  return n;
}

const countOf = (text: string): number =>
  numberOf(text, (n) => Number.isSafeInteger(n) && n >= 1, "whole number from 1");
const wholeOf = (text: string): number =>
  numberOf(text, (n) => Number.isSafeInteger(n) && n >= 0, "whole number from 0");
const positiveOf = (text: string): number =>
  numberOf(text, (n) => Number.isFinite(n) && n > 0, "number above 0");
