/** Commands about what a job has left to go on from. */
import type { Command } from "commander";
import { replicasMax, serversMax, workersMax } from "../cluster-limits.ts";
import { countOf, countUpTo, wholeUpTo } from "../option-values.ts";
import { addReachOptions, defaultAddress } from "../reach-options.ts";
import { type Done, examples } from "./parts.ts";

export function addCheckpointVerbs(program: Command, done: Done): void {
  const takeExample = ["of a job that trains", "checkpoint now --connect 127.0.0.1:7070"] as const;
  const listExample = ["what can be gone on from", "checkpoint list checkpoints"] as const;
  const checkpoint = program
    .command("checkpoint")
    .description("what a job has left to go on from (train --resume)")
    .addHelpText("after", examples(takeExample, listExample));
  const now = checkpoint
    .command("now")
    .description("take one as the next pass begins; its name is printed when it is there")
    .option("--connect <host:port>", "the manager", defaultAddress)
    .option("--wait-ms <ms>", "how long a pass may take", countOf, 600_000)
    .option("--json", "print one JSON document");
  addReachOptions(now)
    .addHelpText("after", examples(takeExample))
    .action(async (options) => {
      const { checkpointNow } = await import("../commands/checkpoint.ts");
      done(await checkpointNow(options));
    });
  checkpoint
    .command("list")
    .description("the checkpoints of a folder, by their manifests")
    .argument("<folder>", "what --checkpoint-dir was")
    .option("--json", "print one JSON document")
    .addHelpText("after", examples(listExample))
    .action(async (folder: string, options) => {
      const { listCheckpoints } = await import("../commands/checkpoint.ts");
      done(await listCheckpoints(folder, options));
    });
  checkpoint
    .command("verify")
    .description("read every byte: is it whole, and can it be gone on from?")
    .argument("<folder>", "what --checkpoint-dir was")
    .argument("[name]", "of one; all are read where none is named")
    .option("--json", "print one JSON document")
    .addHelpText("after", examples(["all of them", "checkpoint verify checkpoints"]))
    .action(async (folder: string, name: string | undefined, options) => {
      const { verifyCheckpoints } = await import("../commands/checkpoint.ts");
      done(await verifyCheckpoints(folder, name, options));
    });
  const restoreExample = ["on three servers", "checkpoint restore ck job.yaml --servers 3"] as const;
  checkpoint
    .command("restore")
    .description("start a cluster here that goes on from the newest whole one, as train --resume")
    .argument("<folder>", "what --checkpoint-dir was")
    .argument("<job>", "the job file that it is of")
    .option("--servers <n>", "servers, however many there were", countUpTo(serversMax))
    .option("--workers <n>", "workers, however many there were", countUpTo(workersMax))
    .option("--replicas <k>", "of each segment of keys, beside its master", wholeUpTo(replicasMax))
    .option("--checkpoint-dir <folder>", "where the next ones go")
    .option("--model <out>", "the model, as text that liblinear reads (docs/data.md)")
    .option("--trace <out>", "every fact, as JSON Lines; gzip when it ends in .gz")
    .option("--json", "print one JSON document (docs/train-json.md)")
    .addHelpText("after", examples(restoreExample))
    .action(async (folder: string, job: string, options) => {
      const { train } = await import("../commands/train.ts");
      done(await train(job, { ...options, world: "grpc", resume: folder, source: () => "cli" }));
    });
}
