/** `tauring launch`: a local cluster that waits for a job, runs it, and ends with it. */
import { mkdirSync } from "node:fs";
import { LocalCluster } from "../../net/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { type LocalNodes, localCommand, localNodes } from "../local-nodes.ts";
import { print, say } from "../output.ts";
import { onSignal } from "../signals.ts";

export interface LaunchOptions {
  readonly servers: number;
  readonly workers: number;
  readonly virtualServers: number;
  readonly port: number;
  readonly trace?: string;
}

export async function launch(options: LaunchOptions): Promise<number> {
  const { servers, workers, virtualServers, port, trace } = options;
  if (trace !== undefined) mkdirSync(trace, { recursive: true });
  const nodes: LocalNodes = {
    servers,
    workers,
    virtualServers,
    port,
    clusterId: `local-${process.pid}`,
    traceFolder: trace,
    recordFolder: undefined,
  };
  return new Promise((resolve, reject) => {
    let code: number | undefined;
    const end = (result: number, reason: string): void => {
      if (code !== undefined) return;
      code = result;
      void cluster.stop(reason).then(() => resolve(signal.code ?? result));
    };
    const cluster = new LocalCluster({
      nodes: localNodes(nodes),
      command: (node, registryAddress) => localCommand(nodes, node, registryAddress),
      log: (_node, line) => say(line),
      exited: (exit) => {
        if (exit.code === 0) end(exitCodes.success, "the job ended");
        else {
          say(`tauring: ${exit.text}`);
          end(exitCodes.violated, exit.text);
        }
      },
    });
    const signal = onSignal((name) => end(exitCodes.interrupted, `stopped by ${name}`));
    cluster.start().then(
      (address) => print(`the cluster waits for a job: tauring train JOB.yaml --connect ${address}`),
      (error: Error) => reject(new CommandError(exitCodes.violated, error.message)),
    );
  });
}
