/** `tauring launch`: a local cluster that waits for a job, runs it, and ends with it. */
import { resolve as resolvePath } from "node:path";
import { LocalCluster } from "../../net/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import {
  describeNodes,
  localClusterId,
  type LocalNodes,
  localCommand,
  localNodes,
  restartRule,
} from "../local-nodes.ts";
import { print, say } from "../output.ts";
import { makeOutputFolder } from "../output-folder.ts";
import { demandEtcd, etcdOptions, forgetRegistry, refuseFolder, type RegistryOptions } from "../registry.ts";
import { onSignal } from "../signals.ts";

/** What the nodes have to leave in once their job has ended: somebody may still fetch its outcome. */
const leaveWithinMs = 15_000;

export interface LaunchOptions extends RegistryOptions {
  readonly servers: number;
  readonly workers: number;
  readonly virtualServers: number;
  readonly replicas: number;
  readonly port: number;
  readonly trace?: string;
  readonly record?: string;
  readonly checkpointDir?: string;
}

export async function launch(options: LaunchOptions): Promise<number> {
  const { servers, workers, virtualServers, replicas, port, trace, record } = options;
  if (trace !== undefined) makeOutputFolder("--trace", trace);
  if (record !== undefined) makeOutputFolder("--record", record);
  const clusterId = localClusterId(options);
  refuseFolder(options);
  const etcd = etcdOptions(options, clusterId);
  await demandEtcd(etcd);
  const folders = { traceFolder: trace, recordFolder: record };
  const nodes: LocalNodes = {
    servers,
    workers,
    virtualServers,
    replicas,
    port,
    clusterId,
    ...folders,
    checkpointFolder: options.checkpointDir === undefined ? undefined : resolvePath(options.checkpointDir),
    registry: options,
  };
  return new Promise((resolve, reject) => {
    let code: number | undefined;
    const end = (result: number, reason: string): void => {
      if (code !== undefined) return;
      code = result;
      const stopped = cluster.stop(reason).then(() => forgetRegistry(etcd));
      void stopped.then(() => resolve(signal.code ?? result));
    };
    const cluster = new LocalCluster({
      nodes: localNodes(nodes),
      command: (...which) => localCommand(nodes, ...which),
      restart: restartRule(nodes, say),
      log: (_node, line) => {
        // Nodes that leave after their job close their streams one by one.
        if (!line.endsWith("closed by the peer")) say(line);
      },
      exited: (exit) => {
        if (exit.code === 0) return finish();
        say(`tauring: ${exit.text}`);
        end(exitCodes.violated, exit.text);
      },
    });
    const finish = (): void => {
      if (code !== undefined) return;
      code = exitCodes.success;
      const ended = cluster.ended(leaveWithinMs).then(() => forgetRegistry(etcd));
      void ended.then(() => {
        print("the job ended, and the cluster with it");
        resolve(signal.code ?? exitCodes.success);
      });
    };
    const signal = onSignal((name) => {
      say(`tauring: stopped by ${name}`);
      end(exitCodes.interrupted, `stopped by ${name}`);
    });
    cluster.start().then(
      (address) => {
        say(`started ${describeNodes(nodes)}`);
        print(`waiting for a job: tauring train JOB.yaml --connect ${address}`);
      },
      (error: Error) => {
        if (signal.code === undefined) reject(new CommandError(exitCodes.usage, error.message));
      },
    );
  });
}
