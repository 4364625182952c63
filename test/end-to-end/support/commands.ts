/** Runs the built command line as a person would, and ends what it started and nothing else. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { syntheticChunks } from "../../../src/data/index.ts";

/** Whole clusters start and end in these tests, beside others on the same cores. */
vi.setConfig({ testTimeout: 180_000 });

export const root = join(import.meta.dirname, "../../..");
export const bin = join(root, "bin/tauring.js");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

const running = new Set<Running>();

/** A command under way. */
export class Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  private stdout = "";
  private stderr = "";
  private heard: (() => void)[] = [];

  constructor(file: string, args: readonly string[], { env = {}, cwd = root }: Surroundings = {}) {
    running.add(this);
    this.process = spawn(file, [...args], {
      cwd,
      env: { ...environment(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process.stdout?.on("data", (bytes: Buffer) => this.hear((this.stdout += bytes.toString())));
    this.process.stderr?.on("data", (bytes: Buffer) => this.hear((this.stderr += bytes.toString())));
    this.ended = new Promise((resolve) => {
      this.process.on("close", (code, signal) => {
        running.delete(this);
        this.hear("");
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /** Resolves with the first match in what it says; rejects when it ends without. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (match !== null) return match;
      if (!running.has(this)) throw new Error(`ended without ${pattern}:\n${this.stdout}${this.stderr}`);
      await new Promise<void>((resolve) => this.heard.push(resolve));
    }
  }

  /** The processes that it started, by the node that each runs. */
  nodes(): ReadonlyMap<string, number> {
    const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
    const nodes = new Map<string, number>();
    for (const line of lines) {
      const match = /^\s*(\d+)\s+(\d+)\s.* --role (\w+) --id (\d+)/.exec(line);
      if (match !== null && Number(match[2]) === this.process.pid) {
        nodes.set(`${match[3]}-${match[4]}`, Number(match[1]));
      }
    }
    return nodes;
  }

  private hear(_text: string): void {
    for (const resolve of this.heard.splice(0)) resolve();
  }
}

export function begin(args: readonly string[], surroundings?: Surroundings): Running {
  return new Running(process.execPath, [bin, ...args], surroundings);
}

export function tauring(args: readonly string[], surroundings?: Surroundings): Promise<Ended> {
  return begin(args, surroundings).ended;
}

/** For `afterEach`: a test that failed leaves nothing behind. */
export async function endAll(): Promise<void> {
  for (const command of running) {
    for (const pid of command.nodes().values()) end(pid);
    command.process.kill("SIGKILL");
    await command.ended;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** What the person who runs the tests has set is not part of them. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("TAURING_"));
  return { ...Object.fromEntries(kept), TMPDIR: temporary };
}

/** What the commands of a test file leave in the folder for temporary files is here. */
export const temporary: string = mkdtempSync(join(tmpdir(), "tauring-test-"));

/** A folder of a test file's own, with a small data set; removed by `remove`. */
export class Workshop {
  readonly folder: string = join(temporary, "workshop");

  constructor() {
    mkdirSync(this.folder);
    const chunks = syntheticChunks({ rows: 600, features: 400, nonzeros: 9000, seed: "workshop" });
    writeFileSync(this.path("data.svm"), Buffer.concat([...chunks].map((chunk) => Buffer.from(chunk))));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A job on the small data; what is given replaces or adds whole fields. */
  job(name: string, fields: Readonly<Record<string, unknown>> = {}): string {
    const job = {
      schema: "tauring.job/1",
      name,
      application: "linear",
      data: { train: "data.svm", test: "data.svm", features: 400 },
      cluster: { servers: 2, workers: 2 },
      consistency: { kind: "sequential" },
      filters: { push: ["kkt", "key-caching", "snappy"], pull: ["kkt", "key-caching", "snappy"] },
      lambda: 1,
      options: { blocks: 6 },
      stop: { passesMax: 6 },
      ...fields,
    };
    const path = this.path(`${name}.yaml`);
    // JSON is YAML.
    writeFileSync(path, JSON.stringify(job, undefined, 2));
    return path;
  }

  remove(): void {
    rmSync(temporary, { recursive: true, force: true });
  }
}
