/** Members of a real etcd on this machine, in a temporary folder, that tests and benches may kill, stop and start again. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TlsFiles } from "#tauring/net/index.js";
import { freePorts } from "./free-ports.ts";

/** Undefined: it is not on the PATH. */
export const etcdPath: string | undefined = (process.env.PATH ?? "")
  .split(path.delimiter)
  .map((folder) => path.join(folder, "etcd"))
  .find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

export interface EtcdMembersOptions {
  readonly count: number;
  /** Of the members; clients must have a certificate of the same authority. */
  readonly tls?: TlsFiles;
  readonly args?: readonly string[];
}

interface Member {
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
  /** Plain HTTP: health and metrics. */
  readonly lookPort: number;
  process: ChildProcess | undefined;
  words: string;
}

const startsWithinMs = 30_000;

export class EtcdMembers {
  private readonly options: EtcdMembersOptions;
  private readonly folder: string;
  private readonly members: readonly Member[];
  private readonly killAll = (): void => {
    for (const { process: child } of this.members) child?.kill("SIGKILL");
  };

  private constructor(options: EtcdMembersOptions, ports: readonly number[]) {
    this.options = options;
    this.folder = mkdtempSync(path.join(tmpdir(), "tauring-etcd-"));
    this.members = Array.from({ length: options.count }, (_, i) => ({
      name: `m${i}`,
      clientPort: ports[3 * i],
      peerPort: ports[3 * i + 1],
      lookPort: ports[3 * i + 2],
      process: undefined,
      words: "",
    }));
    process.once("exit", this.killAll);
  }

  /** Resolves when every member is healthy. Ports that were free may be taken meanwhile: then others are tried. */
  static async start(options: EtcdMembersOptions): Promise<EtcdMembers> {
    for (let tries = 1; ; tries++) {
      const members = new EtcdMembers(options, await freePorts(3 * options.count));
      try {
        for (let i = 0; i < options.count; i++) members.spawn(i);
        await members.healthy();
        return members;
      } catch (error) {
        await members.close();
        if (tries === 3 || !(error as Error).message.includes("address already in use")) throw error;
      }
    }
  }

  get addresses(): readonly string[] {
    return this.members.map(({ clientPort }) => `127.0.0.1:${clientPort}`);
  }

  /** The member that leads, once all that live agree on one. */
  async leader(): Promise<number> {
    const end = Date.now() + startsWithinMs;
    for (; Date.now() < end; await moment()) {
      const living = this.members.flatMap((member, i) => (member.process === undefined ? [] : [i]));
      const metrics = await Promise.all(living.map((i) => this.look(i, "metrics")));
      const leaders = living.filter((_, i) => /^etcd_server_is_leader 1$/m.test(metrics[i]));
      const know = metrics.filter((text) => /^etcd_server_has_leader 1$/m.test(text));
      if (leaders.length === 1 && know.length === living.length) return leaders[0];
    }
    throw new Error("etcd has no leader");
  }

  /** kill -9. */
  async kill(i: number): Promise<void> {
    const { process: child } = this.members[i];
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
  }

  stop(i: number): void {
    this.members[i].process?.kill("SIGSTOP");
  }

  goOn(i: number): void {
    this.members[i].process?.kill("SIGCONT");
  }

  /** Starts a member that was killed; resolves when it is healthy. */
  async restart(i: number): Promise<void> {
    this.spawn(i);
    await this.healthy();
  }

  spawn(i: number): void {
    const member = this.members[i];
    const child = spawn(etcdPath as string, this.args(member), { stdio: ["ignore", "ignore", "pipe"] });
    member.process = child;
    member.words = "";
    child.stderr.on("data", (text: Buffer) => {
      member.words = (member.words + text.toString()).slice(-4000);
    });
    child.once("exit", () => {
      if (member.process === child) member.process = undefined;
    });
  }

  /** Resolves when all members that run say that they are healthy. */
  async healthy(): Promise<void> {
    const end = Date.now() + startsWithinMs;
    for (; Date.now() < end; await moment()) {
      const running = this.members.flatMap(({ process: child }, i) => (child === undefined ? [] : [i]));
      if (running.length === 0) break;
      const answers = await Promise.all(running.map((i) => this.look(i, "health")));
      if (answers.every((answer) => answer.includes('"health":"true"'))) return;
    }
    throw new Error(`etcd does not start:\n${this.members.map(({ words }) => words).join("\n")}`);
  }

  /** Through the members' JSON gateway, which the client under test does not use. */
  async gateway(route: string, body: object, token?: string): Promise<Record<string, unknown>> {
    const headers: Record<string, string> = token === undefined ? {} : { Authorization: token };
    const answer = await fetch(`http://${this.addresses[0]}/v3/${route}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers,
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`etcd's gateway: ${route}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async close(): Promise<void> {
    await Promise.all(this.members.map((_, i) => this.kill(i)));
    process.removeListener("exit", this.killAll);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private args({ name, clientPort, peerPort, lookPort }: Member): readonly string[] {
    const { tls, args } = this.options;
    const client = `${tls === undefined ? "http" : "https"}://127.0.0.1:${clientPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    const all = this.members.map((member) => `${member.name}=http://127.0.0.1:${member.peerPort}`).join(",");
    const files =
      tls === undefined
        ? []
        : [
            `--cert-file=${tls.certPath}`,
            `--key-file=${tls.keyPath}`,
            `--trusted-ca-file=${tls.caPath}`,
            "--client-cert-auth",
          ];
    return [
      `--name=${name}`,
      `--data-dir=${path.join(this.folder, name)}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=${all}`,
      `--initial-cluster-token=${path.basename(this.folder)}`,
      `--listen-metrics-urls=http://127.0.0.1:${lookPort}`,
      // The machine is busy: an election for each hiccup would be another test.
      "--heartbeat-interval=100",
      "--election-timeout=1000",
      "--logger=zap",
      "--log-level=error",
      ...files,
      ...(args ?? []),
    ];
  }

  private async look(i: number, page: string): Promise<string> {
    try {
      const answer = await fetch(`http://127.0.0.1:${this.members[i].lookPort}/${page}`, {
        signal: AbortSignal.timeout(2000),
      });
      return await answer.text();
    } catch {
      return "";
    }
  }
}

function moment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
