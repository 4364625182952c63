/** How a registry in etcd is reached. */
import type { Command } from "commander";

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
