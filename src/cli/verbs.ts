/** The commands, their options and their help; what a command does is loaded when it runs. */
import { type Command, Option } from "commander";
import { replicasMax, serversMax, virtualServersMax, workersMax } from "./cluster-limits.ts";
import { clusterIdOf, countOf, countUpTo, portOf, positiveOf, wholeOf, wholeUpTo } from "./option-values.ts";
import { addDeterminismVerbs } from "./determinism-verbs.ts";
import { addScenarioVerbs } from "./scenario-verbs.ts";
import { examples } from "./verb-help.ts";

type Done = (code: number) => void;

const words = (flags: string, description: string, allowed: readonly string[]): Option =>
  new Option(flags, description).choices(allowed);
const badLines = (): Option =>
  words("--bad-lines <rule>", "what a malformed line of data does", ["fail", "skip"]);

/** `--registry` itself says what else it may be. */
export function addEtcdOptions(command: Command): Command {
  return command
    .optionsGroup("A registry in etcd")
    .option("--registry-user <name>", "its password is read from TAURING_REGISTRY_PASSWORD")
    .option("--registry-ca <file>", "authority of etcd's certificates: it is spoken to by TLS")
    .option("--registry-cert <file>", "certificate, where etcd asks for one")
    .option("--registry-key <file>", "its key")
    .option("--registry-insecure", "allow etcd beyond this machine without TLS");
}

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
    .addOption(words("--solver <name>", "algorithm", ["dbpg", "bpg", "ftrl", "adagrad"]))
    .addOption(
      words("--filters <set>", "all: kkt, key-caching, snappy, and on pushes fixed-point", [
        "none",
        "key-caching",
        "all",
      ]),
    )
    .addOption(badLines())
    .optionsGroup("Where")
    .addOption(words("--world <world>", "gRPC, or virtual time", ["grpc", "sim"]).default("grpc"))
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
      const command = await import("./commands/train.ts");
      done(
        await command.train(job, { ...options, source: (name: string) => train.getOptionValueSource(name) }),
      );
    });
  program
    .command("evaluate")
    .description("accuracy, AUC and log-loss of a model on data")
    .argument("<model>", "model file")
    .argument("<data...>", "data files, plain or gzip")
    .addOption(words("--format <format>", "of the data", ["libsvm", "criteo"]).default("libsvm"))
    .addOption(badLines().default("fail"))
    .option("--json", "print one JSON document")
    .addHelpText(
      "after",
      examples(["on data that it has not seen", "evaluate m.txt data/clickbait.test.svm.gz"]),
    )
    .action(async (model: string, data: string[], options) => {
      const { evaluateModel } = await import("./commands/evaluate.ts");
      done(await evaluateModel(model, data, options));
    });
}

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
    .action(async (options) => {
      if (options.scenario !== undefined) {
        const { launchScenario } = await import("./commands/launch-scenario.ts");
        done(await launchScenario(options.scenario, options));
        return;
      }
      const command = await import("./commands/launch.ts");
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
      const { makeCertificates } = await import("./commands/cert.ts");
      done(await makeCertificates(folder, options));
    });
}

function addStart(program: Command, done: Done): void {
  const start = program
    .command("start")
    .description("start one node of a cluster that may span machines; it ends with its job")
    .addOption(
      words("--role <role>", "of the node", [
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
      const command = await import("./commands/start.ts");
      done(await command.start(options));
    });
}

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
      const { check } = await import("./commands/check.ts");
      done(check(paths, options));
    });
  program
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
      const { conformRecords } = await import("./commands/conform.ts");
      done(await conformRecords(paths, options));
    });
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
      const { simSwarm } = await import("./commands/sim-swarm.ts");
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
      const { simPlanted } = await import("./commands/sim-planted.ts");
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
    .option("--candidates <n>", "scenarios that are tried, at most", countOf, 2000)
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
      const { simShrink } = await import("./commands/sim-shrink.ts");
      done(await simShrink(what, options));
    });
}

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
      const { synthetic } = await import("./commands/synthetic.ts");
      done(await synthetic(out, options));
    });
  program
    .command("doctor")
    .description("check that this machine can run tauring, and say what would help")
    .option("--json", "print one JSON document")
    .addHelpText("after", examples(["before you report a bug", "doctor"]))
    .action(async (options) => {
      const { doctor } = await import("./commands/doctor.ts");
      done(await doctor(options));
    });
}
