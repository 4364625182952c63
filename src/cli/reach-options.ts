/** How a cluster is reached that is there already. */
import type { Command } from "commander";
import { clusterIdOf } from "./option-values.ts";

/** Where `tauring launch` listens. */
export const defaultAddress = "127.0.0.1:7070";

/** The last of a command: they have a group of their own. */
export function addReachOptions(command: Command, group = "Beyond this machine"): Command {
  return command
    .optionsGroup(group)
    .option("--cluster <id>", "the id that the cluster must have", clusterIdOf)
    .option("--tls-cert <file>", "certificate, where the cluster uses TLS")
    .option("--tls-key <file>", "its key")
    .option("--tls-ca <file>", "the cluster's authority");
}
