/** A cluster of processes that runs one job and says what it measured. */
import { fileURLToPath } from "node:url";
import {
  type JobResult,
  type JobSpec,
  type NodeId,
  type Progress,
  defaultNodeOptions,
  nodeId,
} from "#tauring/core/index.js";
import { JobClient, LocalCluster } from "#tauring/net/index.js";
import type { NodeArguments, Told } from "./told.ts";

export interface ClusterOptions extends Pick<NodeArguments, "servers" | "workers" | "module" | "place"> {
  /** The node whose heartbeats are timed; it sends many. */
  readonly heartbeatsOf?: string;
  /** Of each segment, beside its master; 0 by default. */
  readonly replicas?: number;
  readonly nodeFlags?: readonly string[];
  readonly progress?: (progress: Progress, cluster: LocalCluster) => void;
  readonly told: (node: NodeId, told: Told) => void;
  /** Who joins when this was told; undefined: nobody. */
  readonly joins?: (told: Told) => NodeId | undefined;
}

export async function runJob(job: JobSpec, options: ClusterOptions): Promise<JobResult> {
  const { servers, workers, module, place } = options;
  const clusterId = `bench-${process.pid}`;
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  const script = fileURLToPath(new URL("./node.js", import.meta.url));
  const cluster = new LocalCluster({
    nodes: namesOf(servers, workers),
    command: (id, registryAddress) => {
      const isHeartbeatTimed = id === options.heartbeatsOf;
      const given: NodeArguments = {
        id,
        clusterId,
        registryAddress,
        servers,
        workers,
        replicas: options.replicas ?? 0,
        heartbeatIntervalMs: isHeartbeatTimed ? 5 : defaultNodeOptions.heartbeatIntervalMs,
        module,
        place,
        isHeartbeatTimed,
      };
      return { file: process.execPath, args: [...(options.nodeFlags ?? []), script, JSON.stringify(given)] };
    },
    log: (node, line) => {
      if (!line.startsWith("{")) return;
      const told = JSON.parse(line) as Told;
      options.told(node, told);
      const joiner = options.joins?.(told);
      if (joiner !== undefined) cluster.join(joiner).catch(fail);
    },
    readyWithinMs: 60_000,
    exited: ({ code, text }) => {
      if (code !== 0) fail(new Error(text));
    },
  });
  const address = await cluster.start();
  const client = new JobClient({ address, tls: undefined, clusterId });
  try {
    const refusal = await client.submit(job);
    if (refusal !== undefined) throw new Error(refusal);
    const followed = new Promise<void>((resolve, reject) => {
      client.follow({
        progress: (progress) => options.progress?.(progress, cluster),
        ended: resolve,
        failed: ({ reason, node }) => reject(new Error(`${reason} (said by ${node})`)),
        lost: (reason) => reject(new Error(reason)),
      });
    });
    followed.catch(fail);
    const result = await Promise.race([client.outcome(), failed]);
    await Promise.race([followed, failed]);
    await client.close();
    await cluster.ended(10_000);
    return result;
  } catch (error) {
    await client.close();
    await cluster.stop("the bench failed");
    throw error;
  }
}

function namesOf(servers: number, workers: number): readonly NodeId[] {
  const names = (role: string, count: number): NodeId[] =>
    Array.from({ length: count }, (_, i) => nodeId(`${role}-${i}`));
  return [
    ...names("manager", 1),
    ...names("scheduler", 1),
    ...names("server", servers),
    ...names("worker", workers),
  ];
}
