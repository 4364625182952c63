/**
 * A cluster of processes on this machine. It knows its children and touches no others: one that dies is named at once,
 * and started again where the others go on without it; else, and whichever way it ends itself, all of them end.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type NodeId, roleOf } from "../../core/index.ts";
import { FormationWatch } from "./formation-watch.ts";
import { type ToChild, type ToParent, childVariable } from "./parent-link.ts";

export interface ChildCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface LocalClusterOptions {
  /** The manager is among them; it starts first, because it serves the registry. */
  readonly nodes: readonly NodeId[];
  /** `registryAddress` is the manager's, and undefined for the manager itself; `life` counts the node's processes from 1. */
  readonly command: (node: NodeId, registryAddress: string | undefined, life: number) => ChildCommand;
  /** A line that a child wrote to its output or error stream. */
  readonly log: (node: NodeId, line: string) => void;
  /** A child listens; one that joins again does so elsewhere. */
  readonly listens?: (node: NodeId, address: string) => void;
  /** After the start and before `stop` a child ended by itself for good, or says nothing while the cluster forms. */
  readonly exited: (exit: ChildExit) => void;
  /** Undefined: no child is started again. */
  readonly restart?: RestartRule | undefined;
  /** From the start of a child until it listens. */
  readonly readyWithinMs?: number;
  /** What a child has to leave in after it was asked to. */
  readonly stopGraceMs?: number;
  /** A child that answers nothing for so long before all are registered has stopped. */
  readonly silentAfterMs?: number;
  /** The cluster does not form where no further node is registered for so long. */
  readonly formAfterMs?: number;
}

export interface ChildExit {
  readonly node: NodeId;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** `server-1 was killed by SIGKILL`, with its last lines where it wrote any. */
  readonly text: string;
}

export interface RestartRule {
  /** The others go on without it until it is back. */
  readonly isWanted: (exit: ChildExit) => boolean;
  /** From its end to the start of the next process. */
  readonly restartAfterMs?: number;
  /** A node that dies more often within `restartWithinMs` is not started again. */
  readonly restartMax?: number;
  readonly restartWithinMs?: number;
  /** It died, and is about to be started again. */
  readonly died?: (exit: ChildExit) => void;
}

interface Child {
  readonly node: NodeId;
  readonly process: ChildProcess;
  readonly lastLines: string[];
  readonly ready: Promise<string>;
  readonly exit: Promise<ChildExit>;
}

/** Processes start beside others, and on machines that are slower: one may take long to be there. */
const defaultReadyWithinMs = 60_000;
const defaultStopGraceMs = 4_000;
const defaultSilentAfterMs = 5_000;
const defaultFormAfterMs = 60_000;
const defaultRestartAfterMs = 200;
const defaultRestartMax = 3;
const defaultRestartWithinMs = 10_000;
/** Of what a process wrote last, for the error that names it. */
const lastLinesMax = 12;
/**
 * Freed buffers stay with the process: fresh memory is ten times slower than warm. The heap of what was just made is a
 * quarter of what V8 would let it grow to: steps are short, and processes are many.
 */
const warmMemory: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: "1073741824",
  MALLOC_TRIM_THRESHOLD_: "4294967296",
  NODE_OPTIONS: "--max-semi-space-size=4",
};

export class LocalCluster {
  private readonly options: LocalClusterOptions;
  private readonly children: Child[] = [];
  /** When each node's processes died. */
  private readonly deaths: Map<NodeId, readonly number[]> = new Map();
  private readonly formation: FormationWatch;
  private phase: "starting" | "watching" | "ending" = "starting";
  /** What ended the start. */
  private lost: ChildExit | undefined = undefined;
  /** Those that have left because somebody drained them. */
  private readonly drained: Set<NodeId> = new Set();
  private registryAddress: string | undefined = undefined;
  private failStart: (error: Error) => void = () => {};
  private readonly killAll = (): void => {
    for (const child of this.children) child.process.kill("SIGKILL");
  };

  constructor(options: LocalClusterOptions) {
    this.options = options;
    const { silentAfterMs = defaultSilentAfterMs, formAfterMs = defaultFormAfterMs } = options;
    const unformed = (node: NodeId, text: string): void => {
      this.lose({ node, code: null, signal: null, text: `${node} ${text}` });
    };
    this.formation = new FormationWatch(
      options.nodes.length,
      { silentAfterMs, formAfterMs },
      {
        silent: (node, silentMs) =>
          unformed(node, `has not answered for ${silentMs} ms, while the cluster was forming`),
        unregistered: (node, waitedMs) => {
          const text = `is there, and is not registered after ${waitedMs} ms (formAfterMs ${formAfterMs})`;
          unformed(node, `${text}${this.lastWords(node)}`);
        },
      },
    );
  }

  /** Resolves to the manager's address when every child listens; rejects, all stopped, when one cannot. */
  async start(): Promise<string> {
    process.once("exit", this.killAll);
    const lost = new Promise<never>((_resolve, reject) => {
      this.failStart = reject;
    });
    try {
      const registryAddress = await Promise.race([this.startAll(), lost]);
      // Both may have happened at once.
      if (this.lost !== undefined) throw new Error(this.lost.text);
      if (this.phase === "starting") this.phase = "watching";
      return registryAddress;
    } catch (error) {
      await this.stop("the cluster could not start");
      throw error;
    }
  }

  /** Process ids by node, of children that live. */
  pids(): ReadonlyMap<NodeId, number> {
    const living = this.children.filter(
      ({ process: { exitCode, signalCode } }) => exitCode === null && signalCode === null,
    );
    return new Map(living.map(({ node, process: { pid } }) => [node, pid ?? 0]));
  }

  /** One more, while the others go on. Resolves to its address when it listens. */
  join(node: NodeId): Promise<string> {
    return this.spawn(node, this.registryAddress).ready;
  }

  /** Asks every child to leave, and kills those that have not left in time. Resolves when all are gone. */
  async stop(reason: string): Promise<void> {
    this.end();
    const message: ToChild = { type: "stop", reason };
    for (const { process: child } of this.children) {
      if (child.connected) child.send(message, () => {});
    }
    const timer = setTimeout(this.killAll, this.options.stopGraceMs ?? defaultStopGraceMs);
    await Promise.all(this.children.map(({ exit }) => exit));
    clearTimeout(timer);
    process.removeListener("exit", this.killAll);
  }

  /** Waits until every child has left by itself, after a job that ended; kills those that stay. */
  async ended(withinMs: number): Promise<void> {
    this.end();
    const timer = setTimeout(this.killAll, withinMs);
    await Promise.all(this.children.map(({ exit }) => exit));
    clearTimeout(timer);
    process.removeListener("exit", this.killAll);
  }

  private end(): void {
    this.phase = "ending";
    this.formation.close();
  }

  private async startAll(): Promise<string> {
    const { nodes } = this.options;
    const managers = nodes.filter((node) => roleOf(node) === "manager");
    const others = nodes.filter((node) => roleOf(node) !== "manager");
    const [registryAddress] = await Promise.all(managers.map((node) => this.spawn(node, undefined).ready));
    this.registryAddress = registryAddress;
    if (this.phase !== "starting") throw new Error("the cluster was stopped while it started");
    await Promise.all(others.map((node) => this.spawn(node, registryAddress).ready));
    return registryAddress;
  }

  /** The cluster cannot form, or go on, without this child. */
  private lose(exit: ChildExit): void {
    if (this.phase === "watching" && exit.code === 0 && this.drained.has(exit.node)) return;
    if (this.phase === "watching") return this.startsAgain(exit) ? undefined : this.options.exited(exit);
    if (this.phase === "ending" || exit.code === 0) return;
    this.lost ??= exit;
    this.failStart(new Error(exit.text));
  }

  private startsAgain(exit: ChildExit): boolean {
    const { restart } = this.options;
    const { node } = exit;
    if (restart === undefined || exit.code === 0 || !restart.isWanted(exit)) return false;
    const now = performance.now();
    const withinMs = restart.restartWithinMs ?? defaultRestartWithinMs;
    const deaths = [...(this.deaths.get(node) ?? []), now];
    this.deaths.set(node, deaths);
    const isTooOften =
      deaths.filter((at) => at > now - withinMs).length > (restart.restartMax ?? defaultRestartMax);
    if (isTooOften) return false;
    restart.died?.(exit);
    setTimeout(() => {
      if (this.phase === "watching") this.spawn(node, this.registryAddress);
    }, restart.restartAfterMs ?? defaultRestartAfterMs);
    return true;
  }

  private lastWords(node: NodeId): string {
    return wordsOf(this.children.findLast((child) => child.node === node)?.lastLines ?? []);
  }

  private spawn(node: NodeId, registryAddress: string | undefined): Child {
    const life = (this.deaths.get(node)?.length ?? 0) + 1;
    const { file, args, env } = this.options.command(node, registryAddress, life);
    const child = spawn(file, [...args], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: { ...warmMemory, ...process.env, ...env, [childVariable]: "1" },
    });
    const lastLines: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        lastLines.push(line);
        if (lastLines.length > lastLinesMax) lastLines.shift();
        this.options.log(node, line);
      });
    }
    const exit = exitOf(node, child, lastLines);
    const running = { node, process: child, lastLines, exit };
    const ready = readyOf(running, this.options.readyWithinMs ?? defaultReadyWithinMs);
    const started: Child = { ...running, ready };
    // Whoever waits for `ready` hears of it; nobody has to.
    started.ready.catch(() => {});
    this.children.push(started);
    const question: ToChild = { type: "ask" };
    const ask = (): void => {
      if (child.connected) child.send(question, () => {});
    };
    this.formation.add({ node, pid: child.pid, ask });
    child.on("message", (message: ToParent) => {
      if (message.type === "ready") this.options.listens?.(node, message.address);
      if (message.type === "drained") this.drained.add(node);
      else this.formation.heard(node, message.type);
    });
    void exit.then((ended) => {
      this.formation.left(node);
      this.lose(ended);
    });
    return started;
  }
}

function exitOf(node: NodeId, child: ChildProcess, lastLines: readonly string[]): Promise<ChildExit> {
  return new Promise((resolve) => {
    child.on("error", (error) => {
      resolve({ node, code: null, signal: null, text: `${node} could not be started: ${error.message}` });
    });
    // `close` comes after the last line was read.
    child.on("close", (code, signal) => {
      const how = signal === null ? `ended with code ${code}` : `was killed by ${signal}`;
      resolve({ node, code, signal, text: `${node} ${how}${wordsOf(lastLines)}` });
    });
  });
}

function wordsOf(lastLines: readonly string[]): string {
  return lastLines.length === 0 ? "" : `; its last words:\n  ${lastLines.join("\n  ")}`;
}

function readyOf(
  { node, process: child, exit }: Omit<Child, "ready">,
  readyWithinMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`${node} did not listen within ${readyWithinMs / 1000} s`));
    }, readyWithinMs);
    child.on("message", (message: ToParent) => {
      if (message.type !== "ready") return;
      clearTimeout(timer);
      resolve(message.address);
    });
    void exit.then(({ text }) => {
      clearTimeout(timer);
      reject(new Error(text));
    });
  });
}
