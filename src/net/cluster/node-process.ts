/** One node of a cluster in this process: its transport, its driver, and what it serves. */
import { resolve } from "node:path";
import {
  type JobResult,
  type Micros,
  type Node,
  type NodeOptions,
  type Observation,
  leftReason,
  roleOf,
} from "../../core/index.ts";
import { AdminService } from "../admin/admin-service.ts";
import type { ClusterShape } from "../admin/admin-messages.ts";
import { decommission } from "../admin/decommission.ts";
import { KnownCluster } from "../admin/known-cluster.ts";
import { leaveRefusal } from "../admin/leave-refusal.ts";
import { OwnState } from "../admin/own-state.ts";
import { CheckpointFolder } from "../checkpoint/checkpoint-folder.ts";
import { NodeDriver } from "../driver/node-driver.ts";
import { OutcomeKeeper } from "../jobs/outcome-keeper.ts";
import type { Programs } from "../program/programs.ts";
import type { RegistryPort } from "../registry/registry-port.ts";
import { serveRegistry } from "../registry/registry-service.ts";
import type { Door } from "../security/access.ts";
import type { Security } from "../security/credentials.ts";
import type { TransportLimits } from "../transport/limits.ts";
import type { Service } from "../transport/server.ts";
import { Transport } from "../transport/transport.ts";
import { FileRecorder } from "./file-recorder.ts";
import { linger, type LingerReasons, readOrMayBe } from "./linger.ts";
import { defaultProcessLimits, type ProcessLimits } from "./process-limits.ts";
import { checkAlone, checkUnused, openRegistry, type RegistryPlace } from "./node-registry.ts";

export interface NodeSetup {
  /** `address` is filled in by the process: the real port is known when it listens. */
  readonly options: Omit<NodeOptions, "address">;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly advertisedHost?: string | undefined;
  readonly security: Security;
  readonly limits: TransportLimits;
  readonly registry: RegistryPlace;
  /** Makes the node from core. */
  readonly makeNode: (options: NodeOptions) => Node;
  readonly programs: Programs;
  readonly observe: (fact: Observation, at: Micros) => void;
  /** Refused connections, lost streams, and other weather. */
  readonly log: (line: string) => void;
  readonly recordPath?: string | undefined;
  /** Where checkpoints are, the same folder for every node; undefined: nowhere. */
  readonly checkpointFolder?: string | undefined;
  readonly processLimits?: ProcessLimits;
}

export type NodeExit =
  /** `reason` is undefined after a job that ended well. */
  | { readonly type: "stopped"; readonly reason: string | undefined }
  /** It was asked to leave, and others have what it held. */
  | { readonly type: "drained"; readonly reason: string }
  /** The cluster goes on without this incarnation: the same node may be started again. */
  | { readonly type: "evicted"; readonly reason: string }
  /** By the registry: this node is of another cluster or version. */
  | { readonly type: "refused"; readonly reason: string }
  /** What it did cannot be recorded any more. */
  | { readonly type: "unrecorded"; readonly reason: string }
  /** A broken invariant or a fault of this process. */
  | { readonly type: "broken"; readonly error: Error };

export interface RunningNode {
  /** What peers dial, with the real port. */
  readonly address: string;
  /** When everything is taken down. */
  readonly exited: Promise<NodeExit>;
  /**
   * Asks the node to leave; it is cut off when it has not left after `stopGraceMs`, or after `drainMs`, where it is given
   * that long for others to take over what it holds.
   */
  stop(reason: string, drainMs?: number): void;
}

/** Rejects when it cannot start: a port in use, certificates that cannot be read, a damaged registry file. */
export async function startNode(setup: NodeSetup): Promise<RunningNode> {
  const node = new NodeProcess(setup);
  await node.start();
  return node;
}

class NodeProcess implements RunningNode {
  readonly exited: Promise<NodeExit>;
  address = "";
  private readonly setup: NodeSetup;
  private readonly limits: ProcessLimits;
  private readonly outcomes: OutcomeKeeper;
  private readonly known: KnownCluster = new KnownCluster();
  private readonly state: OwnState;
  private readonly admin: AdminService;
  private registry: RegistryPort | undefined = undefined;
  private transport: Transport | undefined = undefined;
  private driver: NodeDriver | undefined = undefined;
  private recorder: FileRecorder | undefined = undefined;
  private isLeaving = false;
  private isStopRequested = false;
  /** What it was asked to leave with, where others are to take over. */
  private drain: { readonly reason: string; readonly withinMs: number } | undefined = undefined;
  private exit: (exit: NodeExit) => void = () => {};

  constructor(setup: NodeSetup) {
    this.setup = setup;
    this.limits = setup.processLimits ?? defaultProcessLimits;
    this.outcomes = new OutcomeKeeper(roleOf(setup.options.id) === "scheduler", this.door);
    this.state = new OwnState(setup.options.id, this.known);
    this.admin = this.makeAdmin();
    this.exited = new Promise((resolve) => {
      this.exit = resolve;
    });
  }

  async start(): Promise<void> {
    const { setup } = this;
    try {
      const registry = await this.openRegistry();
      this.registry = registry;
      await checkUnused(setup.registry, registry);
      await checkAlone(setup, registry);
      this.transport = this.makeTransport(registry);
      this.address = await this.transport.listen();
      if (setup.recordPath !== undefined) {
        this.recorder = new FileRecorder(setup.recordPath, { ...setup.options, address: this.address });
      }
    } catch (error) {
      await this.takeDown();
      throw error;
    }
    const options: NodeOptions = { ...setup.options, address: this.address };
    this.driver = this.makeDriver(setup.makeNode(options), this.transport, this.registry);
    this.driver.start();
  }

  stop(reason: string, drainMs: number = 0): void {
    if (this.isStopRequested) return;
    this.isStopRequested = true;
    if (drainMs > 0) this.drain = { reason, withinMs: drainMs };
    this.transport?.setDraining();
    this.driver?.requestStop(reason, drainMs > 0);
    const timer = setTimeout(() => this.cutOff(reason), drainMs > 0 ? drainMs : this.limits.stopGraceMs);
    timer.unref();
  }

  private cutOff(reason: string): void {
    const late = this.drain === undefined ? reason : this.undrained(this.drain.withinMs);
    void this.leave({ type: "stopped", reason: late });
  }

  /** What it still had to itself, in its own words. */
  private undrained(withinMs: number): string {
    const { id } = this.setup.options;
    const waits = this.driver?.why().find(({ blocked }) => blocked === `${id} is leaving`);
    const waited = waits === undefined ? "" : `: it waited for ${waits.waitsFor}`;
    return `${id} left without having handed over what it held, after ${withinMs} ms${waited}`;
  }

  private makeAdmin(): AdminService {
    const { options, registry } = this.setup;
    const leaver = {
      node: options.id,
      replicas: options.replicas,
      servesRegistry: registry.type === "serve",
    };
    return new AdminService(
      {
        node: options.id,
        state: this.state,
        members: () => this.known.members,
        why: () => this.driver?.why() ?? [],
        shape: () => this.shape(),
        decommission: (name) =>
          decommission(options.id, name, this.known, (node) => this.driver?.decommission(node)),
        leave: (reason, drainMs, allowsFewerCopies) => {
          const refusal = leaveRefusal(leaver, this.known.members, allowsFewerCopies);
          if (refusal === undefined) this.stop(reason, drainMs);
          return refusal;
        },
      },
      this.door,
    );
  }

  private shape(): ClusterShape {
    const { options, registry, checkpointFolder: given } = this.setup;
    const { serverCount, workerCount, virtualServers, replicas, suspectAfterMs } = options;
    const registryAddress =
      registry.type === "serve" ? this.address : registry.type === "connect" ? registry.address : "";
    const counts = { servers: serverCount, workers: workerCount, virtualServers, replicas };
    const checkpointFolder = given === undefined ? "" : resolve(given);
    return { ...counts, suspectAfterMs, registryAddress, checkpointFolder };
  }

  /** Core says in the same words that it has left, or in those of the manager. */
  private stopped(reason: string | undefined): void {
    const isDrained = this.drain !== undefined && (reason === this.drain.reason || reason === leftReason);
    void this.leave(isDrained ? { type: "drained", reason: reason ?? "" } : { type: "stopped", reason });
  }

  private get door(): Door {
    const { options, security } = this.setup;
    return { clusterId: options.clusterId, isTls: security.tls !== undefined };
  }

  private openRegistry(): Promise<RegistryPort> {
    return openRegistry(this.setup, {
      broke: (reason) => void this.leave({ type: "broken", error: new Error(reason) }),
      refused: (reason) => void this.leave({ type: "refused", reason }),
    });
  }

  private makeTransport(registry: RegistryPort): Transport {
    const { options, host, port, advertisedHost, security, limits, log } = this.setup;
    const services: Service[] = [this.outcomes.service(), this.admin.service()];
    const isServed = this.setup.registry.type === "serve" || roleOf(options.id) === "manager";
    if (isServed) services.push(serveRegistry(registry, this.door));
    return new Transport(
      {
        node: options.id,
        clusterId: options.clusterId,
        host,
        port,
        advertisedHost,
        security,
        limits: { ...limits, frameBytesMax: options.frameBytesMax },
        services,
      },
      {
        received: (from, channel, frame) => this.driver?.received(from, channel, frame),
        connected: (peer, channel, wereFramesLost) => {
          if (wereFramesLost) this.driver?.connected(peer, channel);
        },
        refused: this.asksForRefusals
          ? (peer, incarnation) => this.driver?.refused(peer, incarnation)
          : undefined,
        troubled: log,
      },
    );
  }

  private get asksForRefusals(): boolean {
    return roleOf(this.setup.options.id) === "manager";
  }

  private makeDriver(node: Node, transport: Transport, registry: RegistryPort): NodeDriver {
    const { checkpointFolder } = this.setup;
    return new NodeDriver(node, {
      transport,
      registry,
      programs: this.setup.programs,
      checkpoints: checkpointFolder === undefined ? undefined : new CheckpointFolder(checkpointFolder),
      eventQueueBytesMax: this.setup.limits.eventQueueBytesMax,
      observe: (fact, at) => {
        this.state.observe(fact, at);
        this.setup.observe(fact, at);
      },
      recorder: this.recorder,
      outcome: (outcome: JobResult) => this.outcomes.keep(outcome),
      evicted: (reason) => void this.leave({ type: "evicted", reason }),
      learned: (changes) => this.known.learn(changes),
      stopped: (reason) => this.stopped(reason),
      failed: (error) => void this.leave({ type: "broken", error }),
    });
  }

  private async leave(cause: NodeExit): Promise<void> {
    if (this.isLeaving) return;
    this.isLeaving = true;
    this.driver?.close();
    this.recorder?.close();
    const unrecorded = this.recorder?.failure;
    const exit: NodeExit = unrecorded === undefined ? cause : { type: "unrecorded", reason: unrecorded };
    this.transport?.setDraining();
    this.admin.left(exit.type === "drained" ? undefined : leaveFailure(exit));
    if (exit.type === "stopped" && exit.reason !== undefined) this.outcomes.close(exit.reason);
    if (exit.type === "unrecorded") this.outcomes.close(exit.reason);
    if (exit.type === "broken") this.outcomes.close(exit.error.message);
    if (exit.type === "stopped") await linger(this.lingerReasons(), this.limits.lingerMs);
    await this.takeDown();
    this.exit(exit);
  }

  private lingerReasons(): LingerReasons {
    const { registry, outcomes, setup } = this;
    const isOneOfSeveral = roleOf(setup.options.id) === "manager" && setup.registry.type === "etcd";
    const lateMs = isOneOfSeveral ? this.limits.lateFollowersMs : 0;
    const isRead = readOrMayBe(() => (registry?.watcherCount ?? 0) > 0, lateMs);
    return {
      isNeeded: () => isRead() || outcomes.isWanted,
      isServing: () => outcomes.isServing,
      isStopRequested: () => this.isStopRequested,
    };
  }

  private async takeDown(): Promise<void> {
    await this.setup.programs.close();
    await this.transport?.close();
    await this.registry?.close();
  }
}

function leaveFailure(exit: Exclude<NodeExit, { type: "drained" }>): string {
  if (exit.type === "broken") return exit.error.message;
  return exit.reason ?? "the job has ended, and the cluster with it";
}
