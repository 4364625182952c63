/** A local cluster whose processes are ended, stopped and added while it runs. */
import { type NodeId, nodeId } from "../../core/index.ts";
import { type ChildExit, LocalCluster } from "../../net/index.ts";
import { type LocalNodes, localCommand, localNodes, restartRule } from "../local-nodes.ts";

const stopGraceMs = 2_000;
/** Many processes start at once, and on few cores. */
const readyWithinMs = 60_000;

export class LocalProcesses {
  /** Every node that was ever started here. */
  readonly nodes: Set<NodeId>;
  private readonly cluster: LocalCluster;
  /** Killed by hand: not started again by itself. */
  private readonly killed: Set<NodeId> = new Set();

  /** `exited`: a process ended by itself, for good, with a failure. */
  constructor(nodes: LocalNodes, exited: (exit: ChildExit) => void) {
    this.nodes = new Set(localNodes(nodes));
    const restart = restartRule(nodes, () => {});
    this.cluster = new LocalCluster({
      nodes: [...this.nodes],
      command: (...which) => localCommand(nodes, ...which),
      restart: restart && {
        ...restart,
        isWanted: (exit) => !this.killed.has(exit.node) && restart.isWanted(exit),
      },
      log: () => {},
      exited: (exit) => {
        if (exit.code !== 0 && !this.killed.has(exit.node)) exited(exit);
      },
      stopGraceMs,
      readyWithinMs,
    });
  }

  start(): Promise<string> {
    return this.cluster.start();
  }

  stop(reason: string): Promise<void> {
    return this.cluster.stop(reason);
  }

  isLiving(node: NodeId): boolean {
    return this.cluster.pids().has(node);
  }

  endForGood(node: NodeId): void {
    this.killed.add(node);
    this.signal(node, "SIGKILL");
  }

  /** One more, or one that was killed, again. */
  async begin(node: NodeId): Promise<void> {
    this.nodes.add(node);
    this.killed.delete(node);
    await this.cluster.join(node);
  }

  /** To a child that lives: nobody else has its number. */
  signal(node: NodeId, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT"): void {
    const pid = this.cluster.pids().get(nodeId(node));
    if (pid !== undefined) process.kill(pid, signal);
  }
}
