/**
 * Processes of a cluster that somebody else started on this machine. Each node says which process it is; before that is
 * signalled, the machine is asked whether it is: a number may be another's by now, or of another container.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type NodeId, roleOf } from "../../core/index.ts";
import { isLoopback } from "../../net/index.ts";
import { splitAddress } from "../address.ts";
import { withoutOptions } from "../environment.ts";
import { messageOf } from "../exit.ts";
import type { Contacts, ProcessesAtHand } from "./processes.ts";

export interface FoundProcessesOptions {
  /** Any nodes of the cluster. */
  readonly addresses: readonly string[];
  readonly isSecured: boolean;
}

/** A process that cannot join says so within it. */
const joinedWithinMs = 4_000;
/** A process that is slowed down is signalled every few milliseconds; numbers are not given away again so soon. */
const lookedMs = 1_000;
/** The screen stands still meanwhile. */
const lookTimeoutMs = 1_000;

/** Why a process is not to be signalled. */
interface Doubt {
  readonly reason: string;
  /** It is not the node, or not ours; else the machine could not tell. */
  readonly isSure: boolean;
}

export class FoundProcesses implements ProcessesAtHand {
  readonly restartRefusal = "whoever started it decides whether it is started again: `join` starts another";
  readonly taken: Set<NodeId> = new Set();
  private readonly options: FoundProcessesOptions;
  private readonly started: Set<ChildProcess> = new Set();
  /** By process: when it was seen to be its node. */
  private readonly lookedAt: Map<number, number> = new Map();
  private readonly stopped: Set<number> = new Set();
  /** Nobody else can have made it: a path in the folder of all could be another's link. */
  private logFolder: string | undefined = undefined;

  constructor(options: FoundProcessesOptions) {
    this.options = options;
  }

  refusal(node: NodeId, contacts: Contacts): string | undefined {
    const contact = contacts.find((one) => one.node === node);
    if (contact?.place === undefined) return `${node} has not said where it runs`;
    const { processId, host } = contact.place;
    if (host !== hostname() || !isLoopback(splitAddress(contact.address, node).host)) {
      return `${node} runs on ${host}, at ${contact.address}: only processes of this machine can be harmed from here`;
    }
    return doubtOf(node, processId)?.reason;
  }

  signal(node: NodeId, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT", contacts: Contacts): void {
    const processId = contacts.find((one) => one.node === node)?.place?.processId;
    if (processId === undefined || !this.isStill(node, processId, signal)) return;
    try {
      process.kill(processId, signal);
    } catch (error) {
      // Gone since it was looked at.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
    if (signal === "SIGSTOP") this.stopped.add(processId);
    else this.stopped.delete(processId);
  }

  /** Looked at a moment ago, or now. One that was stopped from here goes on even where that cannot be told. */
  private isStill(node: NodeId, processId: number, signal: NodeJS.Signals): boolean {
    const now = performance.now();
    if (now - (this.lookedAt.get(processId) ?? -Infinity) < lookedMs) return true;
    const doubt = doubtOf(node, processId);
    if (doubt === undefined) this.lookedAt.set(processId, now);
    else this.lookedAt.delete(processId);
    return doubt === undefined || (!doubt.isSure && signal === "SIGCONT" && this.stopped.has(processId));
  }

  /** Whoever started more leaves no more behind: they hand over what they hold, and leave. */
  close(): void {
    for (const child of this.started) child.kill("SIGTERM");
    this.started.clear();
  }

  async begin(node: NodeId): Promise<string | undefined> {
    if (this.options.isSecured) throw new Error("it needs a certificate of its own: tauring node join");
    this.taken.add(node);
    try {
      return await this.start(node);
    } catch (error) {
      this.taken.delete(node);
      throw error;
    }
  }

  private async start(node: NodeId): Promise<string> {
    const { addresses } = this.options;
    const bin = fileURLToPath(new URL("../../../bin/tauring.js", import.meta.url));
    this.logFolder ??= mkdtempSync(join(tmpdir(), "tauring-joined-"));
    const path = join(this.logFolder, `${node}.log`);
    const log = openSync(path, "a", 0o600);
    const child = spawn(
      process.execPath,
      [bin, "node", "join", node, "--connect", addresses.join(","), "--bind", "127.0.0.1:0"],
      { detached: true, stdio: ["ignore", log, log], env: withoutOptions(process.env) },
    );
    closeSync(log);
    child.unref();
    this.started.add(child);
    child.once("exit", () => this.started.delete(child));
    const code = await new Promise<number | string | undefined>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (status, signal) => resolve(status ?? signal ?? undefined));
      setTimeout(() => resolve(undefined), joinedWithinMs).unref();
    });
    if (code === undefined)
      return `${node}: its process ${child.pid} writes to ${path}, and leaves with this screen`;
    throw new Error(`it ended with ${code}: ${path} says why`);
  }
}

/** Undefined: the process is this node, and belongs to whoever asks. */
function doubtOf(node: NodeId, processId: number): Doubt | undefined {
  try {
    process.kill(processId, 0);
    const words = execFileSync("ps", ["-ww", "-o", "args=", "-p", String(processId)], {
      encoding: "utf8",
      timeout: lookTimeoutMs,
    });
    if (isNode(node, words.trim().split(/\s+/))) return undefined;
    return { reason: `process ${processId} is not ${node}`, isSure: true };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const which = `process ${processId} of ${node}`;
    if (code === "ESRCH") return { reason: `${which} has ended`, isSure: true };
    if (code === "EPERM") return { reason: `${which} belongs to somebody else`, isSure: true };
    return { reason: `${which} cannot be looked at: ${messageOf(error)}`, isSure: false };
  }
}

/** `tauring start --role server --id 1`, or `tauring node join server-1`. */
export function isNode(node: NodeId, words: readonly string[]): boolean {
  const role = roleOf(node);
  const after = (flag: string): string | undefined =>
    words[words.indexOf(flag) + 1 || words.length] ??
    words.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
  if (words.includes("start"))
    return after("--role") === role && after("--id") === node.slice(role.length + 1);
  const name = after("join");
  return words.includes("node") && (name === node || name === role);
}
