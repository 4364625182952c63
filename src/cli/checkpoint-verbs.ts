/** Commands about what a job has left to go on from. */
import type { Command } from "commander";
import { clusterIdOf, countOf } from "./option-values.ts";
import { examples } from "./verb-help.ts";

type Done = (code: number) => void;

export function addCheckpointVerbs(program: Command, done: Done): void {
  const takeExample = ["of a job that trains", "checkpoint now --connect 127.0.0.1:7070"] as const;
  const listExample = ["what can be gone on from", "checkpoint list checkpoints"] as const;
  const checkpoint = program
    .command("checkpoint")
    .description("what a job has left to go on from (train --resume)")
    .addHelpText("after", examples(takeExample, listExample));
  checkpoint
    .command("now")
    .description("take one as the next pass begins; its name is printed when it is there")
    .option("--connect <host:port>", "the manager", "127.0.0.1:7070")
    .option("--wait-ms <ms>", "how long a pass may take", countOf, 600_000)
    .option("--json", "print one JSON document")
    .optionsGroup("Beyond this machine")
    .option("--cluster <id>", "the id that the cluster must have", clusterIdOf)
    .option("--tls-cert <file>", "certificate, where the cluster uses TLS")
    .option("--tls-key <file>", "its key")
    .option("--tls-ca <file>", "the cluster's authority")
    .addHelpText("after", examples(takeExample))
    .action(async (options) => {
      const { checkpointNow } = await import("./commands/checkpoint.ts");
      done(await checkpointNow(options));
    });
  checkpoint
    .command("list")
    .description("the checkpoints of a folder, by their manifests")
    .argument("<folder>", "what --checkpoint-dir was")
    .option("--json", "print one JSON document")
    .addHelpText("after", examples(listExample))
    .action(async (folder: string, options) => {
      const { listCheckpoints } = await import("./commands/checkpoint.ts");
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
      const { verifyCheckpoints } = await import("./commands/checkpoint.ts");
      done(await verifyCheckpoints(folder, name, options));
    });
}
