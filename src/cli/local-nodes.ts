/** A cluster of this machine: the nodes, and the command that starts each. */
import { fileURLToPath } from "node:url";
import { type NodeId, nodeId, roleOf } from "../core/index.ts";
import type { ChildCommand, ChildExit, RestartRule } from "../net/index.ts";
import { checkLocalSize } from "./cluster-limits.ts";
import { withoutOptions } from "./environment.ts";
import { exitCodes } from "./exit.ts";
import { isEtcd, registryArguments, type RegistryOptions, registryPasswordName } from "./registry.ts";

/**
 * Without replicas a process that dies is seen by the one that started it, at once; silence is left for one that hangs, and
 * many processes on few cores may be silent for a while and be well. With replicas silence is what others take over at,
 * and one that was well joins again.
 */
const suspectAfterMs = { alone: 3_000, replicated: 500 } as const;

export interface LocalNodes {
  readonly servers: number;
  readonly workers: number;
  /** 1 each where it is not said; several managers need a registry in etcd. */
  readonly managers?: number;
  readonly schedulers?: number;
  readonly virtualServers: number;
  readonly replicas: number;
  /** Instead of what suits a cluster of this machine. */
  readonly suspectAfterMs?: number;
  /** Instead of what suits a cluster of this machine: to start a process takes longer than others may wait for its next life. */
  readonly replaceAfterMs?: number;
  readonly clusterId: string;
  /** Port of the manager; 0: any free one. */
  readonly port: number;
  /** Each node writes its facts into `NODE.jsonl` there, a process that is started again into `NODE.process-2.jsonl`, … */
  readonly traceFolder: string | undefined;
  /** Each node records its steps into `NODE.rec` there, and so on. */
  readonly recordFolder: string | undefined;
  /** Where they keep checkpoints; undefined: nowhere. */
  readonly checkpointFolder?: string | undefined;
  /** Where the registry is, if it is not in the manager. */
  readonly registry: RegistryOptions;
}

/** A registry in etcd outlives its clusters: no other one there has had the same id. */
export function localClusterId(registry: RegistryOptions): string {
  const id = `local-${process.pid}`;
  return isEtcd(registry) ? `${id}-${Date.now().toString(36)}` : id;
}

export function localNodes({
  servers,
  workers,
  managers = 1,
  schedulers = 1,
}: Pick<LocalNodes, "servers" | "workers" | "managers" | "schedulers">): readonly NodeId[] {
  checkLocalSize({ servers, workers });
  const names = (role: string, count: number): NodeId[] =>
    Array.from({ length: count }, (_, i) => nodeId(`${role}-${i}`));
  return [
    ...names("manager", managers),
    ...names("scheduler", schedulers),
    ...names("server", servers),
    ...names("worker", workers),
  ];
}

export function describeNodes({ servers, workers, managers = 1, schedulers = 1 }: LocalNodes): string {
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
  return `${count(managers, "manager")}, ${count(schedulers, "scheduler")}, ${count(servers, "server")}, ${count(workers, "worker")}`;
}

export function localCommand(
  nodes: LocalNodes,
  node: NodeId,
  registryAddress: string | undefined,
  life: number,
): ChildCommand {
  const role = roleOf(node);
  const bin = fileURLToPath(new URL("../../bin/tauring.js", import.meta.url));
  const args = [
    bin,
    "start",
    "--role",
    role,
    "--id",
    node.slice(role.length + 1),
    "--cluster",
    nodes.clusterId,
  ];
  args.push("--servers", String(nodes.servers), "--workers", String(nodes.workers));
  args.push("--virtual-servers", String(nodes.virtualServers), "--replicas", String(nodes.replicas));
  const usualMs = nodes.replicas === 0 ? suspectAfterMs.alone : suspectAfterMs.replicated;
  const silenceMs = nodes.suspectAfterMs ?? usualMs;
  args.push("--suspect-after-ms", String(silenceMs));
  const { replaceAfterMs = nodes.replicas === 0 ? undefined : 0 } = nodes;
  if (replaceAfterMs !== undefined) args.push("--replace-after-ms", String(replaceAfterMs));
  args.push("--bind", `127.0.0.1:${role === "manager" ? nodes.port : 0}`);
  if (isEtcd(nodes.registry)) args.push(...registryArguments(nodes.registry));
  else if (registryAddress !== undefined) args.push("--connect", registryAddress);
  const name = life === 1 ? node : `${node}.process-${life}`;
  if (nodes.traceFolder !== undefined) args.push("--trace", `${nodes.traceFolder}/${name}.jsonl`);
  if (nodes.checkpointFolder !== undefined) args.push("--checkpoint-dir", nodes.checkpointFolder);
  if (nodes.recordFolder !== undefined) args.push("--record", `${nodes.recordFolder}/${name}.rec`);
  const password = process.env[registryPasswordName];
  const secrets = password === undefined ? {} : { [registryPasswordName]: password };
  return { file: process.execPath, args, env: { ...withoutOptions(process.env), ...secrets } };
}

/** Codes of a node that has said why it ends: started again, it would say the same. */
const decided: readonly (number | null)[] = [
  exitCodes.violated,
  exitCodes.usage,
  exitCodes.refused,
  exitCodes.data,
  null,
];

/** With replicas the others go on without any node but the manager, until it is back. */
export function restartRule(
  { replicas }: Pick<LocalNodes, "replicas">,
  tell: (text: string) => void,
): RestartRule | undefined {
  if (replicas === 0) return undefined;
  return {
    isWanted: ({ node, code, signal }) =>
      roleOf(node) !== "manager" && (signal !== null || !decided.includes(code)),
    died: ({ node, code, signal }: ChildExit) => {
      const how = signal === null ? `ended with code ${code}` : `was killed by ${signal}`;
      tell(`${node} ${how}, and is started again`);
    },
  };
}
