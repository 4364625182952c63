/** `tauring start --role …`: one node of a cluster, in this process, until its job ends or it is told to leave. */
import { applications } from "../../apps/index.ts";
import {
  createNode,
  defaultNodeOptions,
  type NodeId,
  type NodeOptions,
  nodeId,
  type Role,
  roles,
} from "../../core/index.ts";
import {
  defaultTransportLimits,
  HostedPrograms,
  linkToParent,
  listenRefusal,
  type NodeSetup,
  type RegistryPlace,
  type Security,
  snappyCompressor,
  startNode,
} from "../../net/index.ts";
import { TraceWriter, traceSchema } from "../../observe/index.ts";
import { splitAddress } from "../address.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { say } from "../output.ts";
import { onSignal } from "../signals.ts";
import { type TlsOptions, tlsFiles } from "../tls.ts";

export interface StartOptions extends TlsOptions {
  readonly role: string;
  readonly id: number;
  readonly bind: string;
  readonly advertise?: string;
  readonly connect?: string;
  readonly cluster: string;
  readonly servers: number;
  readonly workers: number;
  readonly virtualServers: number;
  readonly dataDir?: string;
  readonly trace?: string;
  readonly record?: string;
  readonly suspectAfterMs?: number;
  readonly insecure?: boolean;
}

export async function start(options: StartOptions): Promise<number> {
  const id = nodeOf(options);
  const security: Security = { tls: tlsFiles(options), isInsecureAllowed: options.insecure === true };
  const { host, port } = splitAddress(options.bind, "--bind");
  const refusal = listenRefusal(host, security);
  if (refusal !== undefined) throw new CommandError(exitCodes.usage, `--bind: ${refusal}`);
  const header = { schema: traceSchema, world: "grpc", name: id, seed: null, referenceModel: null } as const;
  const trace = options.trace === undefined ? undefined : new TraceWriter(options.trace, header);
  const flush = trace === undefined ? undefined : setInterval(() => trace.flush(), 200);
  const setup: NodeSetup = {
    options: nodeOptions(id, options),
    host,
    port,
    advertisedHost: options.advertise,
    security,
    limits: defaultTransportLimits,
    registry: registryPlace(id, options),
    makeNode: (complete) => createNode(complete, { compressor: snappyCompressor, applications }),
    programs: new HostedPrograms({
      module: new URL("../program-module.js", import.meta.url).href,
      applications,
      place: "auto",
    }),
    observe: (fact, at) => trace?.write({ at, node: id, fact }),
    log: (line) => say(`${id}: ${line}`),
    recordPath: options.record,
  };
  const node = await startNode(setup).catch((error: Error) => {
    throw new CommandError(exitCodes.violated, `${id} could not start: ${error.message}`);
  });
  const link = linkToParent((reason) => node.stop(reason));
  link.ready(id, node.address);
  say(`${id} listens at ${node.address}`);
  const signal = onSignal((name) => node.stop(`${id} was told to leave by ${name}`));
  const exit = await node.exited;
  clearInterval(flush);
  await trace?.close();
  link.close();
  if (exit.type === "broken") throw exit.error;
  if (signal.code !== undefined) return signal.code;
  if (exit.reason === undefined) return exitCodes.success;
  say(`${id} stopped: ${exit.reason}`);
  return exitCodes.violated;
}

function nodeOf({ role, id }: StartOptions): NodeId {
  if (!roles.includes(role as Role)) {
    throw new CommandError(exitCodes.usage, `--role: found "${role}"; allowed: ${roles.join(", ")}`);
  }
  return nodeId(`${role}-${id}`);
}

function nodeOptions(id: NodeId, options: StartOptions): Omit<NodeOptions, "address"> {
  return {
    ...defaultNodeOptions,
    id,
    clusterId: options.cluster,
    serverCount: options.servers,
    workerCount: options.workers,
    virtualServers: options.virtualServers,
    suspectAfterMs: options.suspectAfterMs ?? defaultNodeOptions.suspectAfterMs,
  };
}

function registryPlace(id: NodeId, { connect, dataDir }: StartOptions): RegistryPlace {
  if (id.startsWith("manager-")) {
    return { type: "serve", path: dataDir === undefined ? undefined : `${dataDir}/registry.log` };
  }
  if (connect === undefined) {
    throw new CommandError(exitCodes.usage, `--connect: ${id} needs the address of the manager, host:port`);
  }
  splitAddress(connect, "--connect");
  return { type: "connect", address: connect };
}
