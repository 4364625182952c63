/** `tauring start --role …`: one node of a cluster, in this process, until its job ends or it is told to leave. */
import { applications } from "../../apps/index.ts";
import {
  createNode,
  defaultNodeOptions,
  type Micros,
  type NodeId,
  type NodeOptions,
  nodeId,
  type Observation,
} from "../../core/index.ts";
import {
  collectAtOnce,
  defaultStandbyLimits,
  type StandbyLimits,
  defaultTransportLimits,
  hasParent,
  HostedPrograms,
  isDrainedBySignal,
  linkToParent,
  listenRefusal,
  type NodeExit,
  type NodeSetup,
  type ParentLink,
  type RegistryPlace,
  type RunningNode,
  type Security,
  snappyCompressor,
  startNode,
} from "../../net/index.ts";
import { traceSchema } from "../../observe/index.ts";
import { splitAddress } from "../address.ts";
import { CommandError, exitCodes, isWeather } from "../exit.ts";
import { checkDistinct, checkOutput } from "../files.ts";
import { say } from "../output.ts";
import { Evictions } from "../evictions.ts";
import { etcdOptions, type RegistryOptions } from "../registry.ts";
import { onSignal, onSignalBelowParent } from "../signals.ts";
import { type TlsOptions, tlsFiles } from "../tls.ts";
import { TraceOutput } from "../trace-output.ts";

/** What a node that is killed may leave unwritten of a trace that is packed; of others, what it saw in its last turn. */
const packedFlushMs = 200;

export interface StartOptions extends TlsOptions, RegistryOptions {
  readonly role: string;
  readonly id: number;
  readonly bind: string;
  readonly advertise?: string;
  readonly connect?: string;
  readonly cluster: string;
  readonly servers: number;
  readonly workers: number;
  readonly virtualServers: number;
  readonly replicas: number;
  readonly trace?: string;
  readonly record?: string;
  readonly checkpointDir?: string;
  readonly suspectAfterMs?: number;
  readonly replaceAfterMs?: number;
  readonly rejoinMax: number;
  readonly standbyShares?: number;
  readonly drainTimeoutMs: number;
  readonly insecure?: boolean;
}

export async function start(options: StartOptions): Promise<number> {
  collectAtOnce();
  const leave = new Leave(hasParent() && !isDrainedBySignal() ? 0 : options.drainTimeoutMs);
  const link = linkToParent((reason) => leave.ask(reason, 0));
  try {
    return await run(options, link, leave);
  } finally {
    link.close();
  }
}

/** The node may be told to leave before it is there. */
class Leave {
  /** How long others may take to take over what the node holds. */
  private readonly drainMs: number;
  private reason: string | undefined = undefined;
  private node: RunningNode | undefined = undefined;

  constructor(drainMs: number) {
    this.drainMs = drainMs;
  }

  ask(reason: string, drainMs: number = this.drainMs): void {
    this.reason ??= reason;
    this.node?.stop(this.reason, drainMs);
  }

  get isAsked(): boolean {
    return this.reason !== undefined;
  }

  started(node: RunningNode): void {
    this.node = node;
    if (this.reason !== undefined) node.stop(this.reason, this.drainMs);
  }
}

/** Whatever a node has told others, its trace should have: what it saw last is written before the next turn. */
class Flush {
  private readonly trace: TraceOutput | undefined;
  private readonly afterMs: number;
  private timer: NodeJS.Timeout | NodeJS.Immediate | undefined = undefined;

  constructor(trace: TraceOutput | undefined, afterMs: number) {
    this.trace = trace;
    this.afterMs = afterMs;
  }

  soon(): void {
    if (this.trace === undefined || this.timer !== undefined) return;
    const flush = (): void => {
      this.timer = undefined;
      this.trace?.flush();
    };
    this.timer = this.afterMs === 0 ? setImmediate(flush) : setTimeout(flush, this.afterMs);
  }

  close(): void {
    this.trace?.close();
  }
}

async function run(options: StartOptions, link: ParentLink, leave: Leave): Promise<number> {
  const id = nodeId(`${options.role}-${options.id}`);
  checkOutput("--trace", options.trace);
  checkOutput("--record", options.record);
  checkDistinct({ "--trace": options.trace, "--record": options.record });
  const trace = traceOf(id, options);
  const watch = hasParent() ? onSignalBelowParent : onSignal;
  const signal = watch((name) => leave.ask(`${id} was told to leave by ${name}`));
  const evictions = new Evictions(id, options.rejoinMax);
  const observe = (fact: Observation, at: Micros): void => {
    if (fact.type === "node-started") {
      link.registered();
      evictions.isBack(fact.incarnation);
    }
    trace?.write({ at, node: id, fact });
    flush.soon();
  };
  const flush = new Flush(trace, options.trace?.endsWith(".gz") === true ? packedFlushMs : 0);
  let exit: NodeExit;
  do {
    const recordPath = evictions.lifePath(options.record);
    const setup = { ...nodeSetup(id, options), observe, recordPath };
    const node = await startNode(setup).catch((error: Error) => {
      throw new CommandError(exitCodes.usage, `${id} could not start: ${error.message}`);
    });
    leave.started(node);
    link.ready(id, node.address);
    if (!hasParent()) say(listening(id, node.address, options));
    exit = await node.exited;
  } while (exit.type === "evicted" && !leave.isAsked && evictions.mayJoinAgain(exit.reason));
  flush.close();
  refuseExit(id, exit);
  if (exit.type === "drained") {
    link.drained();
    say(`${id} left, and others have what it held: ${exit.reason}`);
    return signal.code ?? exitCodes.success;
  }
  if (signal.code !== undefined) {
    if (exit.reason !== undefined) say(`${id} stopped: ${exit.reason}`);
    return signal.code;
  }
  const reason = exit.type === "evicted" && !leave.isAsked ? evictions.text : exit.reason;
  if (reason !== undefined) {
    say(`${id} stopped: ${reason}`);
    return exitCodes.violated;
  }
  return trace?.isLost === true && !hasParent() ? exitCodes.data : exitCodes.success;
}

function listening(id: NodeId, address: string, { connect }: StartOptions): string {
  return `${id} listens at ${address}${connect === undefined ? "" : `, its manager is at ${connect}`}`;
}

function refuseExit(
  id: NodeId,
  exit: NodeExit,
): asserts exit is Extract<NodeExit, { type: "stopped" | "drained" | "evicted" }> {
  if (exit.type === "broken") {
    if (!isWeather(exit.error)) throw exit.error;
    throw new CommandError(exitCodes.violated, `${id} stopped: ${exit.error.message}`);
  }
  if (exit.type === "unrecorded") throw new CommandError(exitCodes.data, `${id} stopped: ${exit.reason}`);
  if (exit.type === "refused") throw new CommandError(exitCodes.refused, `${id} stopped: ${exit.reason}`);
}

function traceOf(id: NodeId, { trace }: StartOptions): TraceOutput | undefined {
  if (trace === undefined) return undefined;
  const header = { schema: traceSchema, world: "grpc", name: id, seed: null, referenceModel: null } as const;
  return new TraceOutput(trace, header, (text) => say(`${id}: ${text}`));
}

function nodeSetup(id: NodeId, options: StartOptions): Omit<NodeSetup, "observe" | "recordPath"> {
  const security: Security = { tls: tlsFiles(options), isInsecureAllowed: options.insecure === true };
  const { host, port } = splitAddress(options.bind, "--bind");
  const refusal = listenRefusal(host, security);
  if (refusal !== undefined) throw new CommandError(exitCodes.usage, `--bind: ${refusal}`);
  return {
    options: nodeOptions(id, options),
    host,
    port,
    advertisedHost: options.advertise,
    security,
    limits: defaultTransportLimits,
    registry: registryPlace(id, options),
    checkpointFolder: options.checkpointDir,
    makeNode: (complete) => createNode(complete, { compressor: snappyCompressor, applications }),
    programs: new HostedPrograms({
      module: new URL("../program-module.js", import.meta.url).href,
      applications,
      place: "auto",
      // Where the cluster goes on without a node that dies, somebody is to take over its slots.
      standby: options.replicas > 0 && options.role === "worker" ? standbyLimits(options) : undefined,
    }),
    log: (line) => say(`${id}: ${line}`),
  };
}

function standbyLimits({ standbyShares }: StartOptions): StandbyLimits {
  return { ...defaultStandbyLimits, ...(standbyShares !== undefined && { standbySharesMax: standbyShares }) };
}

function nodeOptions(id: NodeId, options: StartOptions): Omit<NodeOptions, "address"> {
  return {
    ...defaultNodeOptions,
    id,
    clusterId: options.cluster,
    serverCount: options.servers,
    workerCount: options.workers,
    virtualServers: options.virtualServers,
    replicas: options.replicas,
    suspectAfterMs: options.suspectAfterMs ?? defaultNodeOptions.suspectAfterMs,
    replaceAfterMs: options.replaceAfterMs ?? defaultNodeOptions.replaceAfterMs,
  };
}

function registryPlace(id: NodeId, options: StartOptions): RegistryPlace {
  const { connect, registry, cluster } = options;
  const etcd = etcdOptions(options, cluster);
  if (etcd !== undefined) {
    if (connect === undefined) return { type: "etcd", etcd };
    throw new CommandError(exitCodes.usage, "--connect is not needed: every node finds the others in etcd");
  }
  if (id.startsWith("manager-")) {
    return { type: "serve", path: registry === undefined ? undefined : `${registry}/registry.log` };
  }
  if (connect === undefined) {
    throw new CommandError(
      exitCodes.usage,
      `--connect: ${id} needs the address of the manager, host:port, or --registry etcd://host:port`,
    );
  }
  splitAddress(connect, "--connect");
  return { type: "connect", address: connect };
}
