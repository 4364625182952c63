/** A whole cluster on loopback, every node in this process, running the job of `count-module.mjs`. */
import {
  type JobSpec,
  type NodeId,
  type Observation,
  createNode,
  defaultNodeOptions,
  nodeId,
} from "../../../src/core/index.ts";
import {
  HostedPrograms,
  JobClient,
  type NodeSetup,
  type ProgramModule,
  type ProgramPlace,
  type RunningNode,
  defaultTransportLimits,
  snappyCompressor,
  startNode,
} from "../../../src/net/index.ts";
import { insecure } from "./grpc-world.ts";

export const countModuleUrl: string = new URL("./count-module.mjs", import.meta.url).href;

export function countModule(): Promise<ProgramModule> {
  return import(/* @vite-ignore */ countModuleUrl) as Promise<ProgramModule>;
}

export function countJob(options: JobSpec["options"], keyCount = 3000): JobSpec {
  return {
    schema: "tauring.job/1",
    name: "count",
    application: "count",
    seed: "1",
    slotCount: 2,
    tau: 2,
    pushFilters: [{ kind: "key-caching" }],
    pullFilters: [{ kind: "key-caching" }],
    options,
    source: { keyCount },
    keyMax: "999999",
  };
}

export interface CountClusterOptions {
  readonly place?: ProgramPlace;
  readonly registryPath?: string;
  readonly recordFolder?: string;
}

export class CountCluster {
  readonly nodes: Map<NodeId, RunningNode> = new Map();
  readonly facts: { readonly node: NodeId; readonly fact: Observation }[] = [];
  readonly log: string[] = [];
  private readonly options: CountClusterOptions;
  private readonly module: ProgramModule;
  registryAddress = "";

  private constructor(options: CountClusterOptions, module: ProgramModule) {
    this.options = options;
    this.module = module;
  }

  static async start(options: CountClusterOptions = {}): Promise<CountCluster> {
    const cluster = new CountCluster(options, await countModule());
    const manager = await cluster.add("manager-0");
    cluster.registryAddress = manager.address;
    const others = ["scheduler-0", "server-0", "server-1", "worker-0", "worker-1"];
    await Promise.all(others.map((name) => cluster.add(name)));
    return cluster;
  }

  client(): JobClient {
    return new JobClient({
      address: this.registryAddress,
      tls: undefined,
      clusterId: "count",
      lostAfterMs: 3_000,
    });
  }

  node(name: string): RunningNode {
    return this.nodes.get(nodeId(name)) as RunningNode;
  }

  async stop(): Promise<void> {
    for (const node of this.nodes.values()) node.stop("the test is over");
    await Promise.all([...this.nodes.values()].map((node) => node.exited));
  }

  setup(name: string): NodeSetup {
    const id = nodeId(name);
    const { registryPath, recordFolder, place } = this.options;
    return {
      options: { ...defaultNodeOptions, id, clusterId: "count", serverCount: 2, workerCount: 2 },
      host: "127.0.0.1",
      port: 0,
      security: insecure,
      limits: defaultTransportLimits,
      registry:
        name === "manager-0"
          ? { type: "serve", path: registryPath }
          : { type: "connect", address: this.registryAddress },
      makeNode: (options) =>
        createNode(options, { compressor: snappyCompressor, applications: this.module.applications }),
      programs: new HostedPrograms({
        module: countModuleUrl,
        applications: this.module.applications,
        place: place ?? "auto",
      }),
      observe: (fact) => this.facts.push({ node: id, fact }),
      log: (line) => this.log.push(`${name}: ${line}`),
      recordPath: recordFolder === undefined ? undefined : `${recordFolder}/${name}`,
    };
  }

  private async add(name: string): Promise<RunningNode> {
    const node = await startNode(this.setup(name));
    this.nodes.set(nodeId(name), node);
    return node;
  }
}
