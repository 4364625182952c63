import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import { nodeId } from "../../../src/core/index.ts";
import { type ChildExit, LocalCluster, type RestartRule } from "../../../src/net/cluster/local-cluster.ts";
import { until } from "../support/clock.ts";

const child = new URL("../support/child.mjs", import.meta.url).pathname;
const launcher = new URL("../support/launcher.mjs", import.meta.url).pathname;
const names = ["worker-0", "server-0", "manager-0"];
const impolite = ["stubborn", "stuck", "stopped"];

let cluster: LocalCluster | undefined;
let launched: ChildProcess | undefined;
afterEach(async () => {
  launched?.kill("SIGKILL");
  await cluster?.stop("the test is over");
  cluster = undefined;
  launched = undefined;
});

function make(behaviours: Readonly<Record<string, string>> = {}, restart?: RestartRule) {
  const exits: ChildExit[] = [];
  const lines: string[] = [];
  cluster = new LocalCluster({
    nodes: names.map(nodeId),
    command: (node, registryAddress, life) => ({
      file: behaviours[node] === "missing" ? "/nowhere/node" : process.execPath,
      args: [
        child,
        node,
        `${registryAddress ?? "-"}${life === 1 ? "" : `, life ${life}`}`,
        behaviours[node] ?? "good",
      ],
    }),
    restart,
    log: (node, line) => lines.push(`${node}: ${line}`),
    exited: (exit) => exits.push(exit),
    stopGraceMs: Object.values(behaviours).some((how) => impolite.includes(how)) ? 100 : 4000,
    silentAfterMs: 2000,
    formAfterMs: Object.values(behaviours).includes("unregistered") ? 6000 : 60_000,
  });
  return { cluster, exits, lines };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a local cluster", () => {
  test("starts the manager first, tells the others where its registry is, and stops all when asked to", async () => {
    const made = make();
    expect(await made.cluster.start()).toBe("address-of-manager-0");
    await until(() => made.lines.length >= 3, "every child speaks");
    expect(made.lines.toSorted()).toEqual([
      "manager-0: hello from manager-0, registry -",
      "server-0: hello from server-0, registry address-of-manager-0",
      "worker-0: hello from worker-0, registry address-of-manager-0",
    ]);
    expect([...made.cluster.pids().keys()].toSorted()).toEqual([...names].toSorted());
    const pids = [...made.cluster.pids().values()];
    await made.cluster.stop("enough");
    expect(pids.map(isAlive)).toEqual([false, false, false]);
    expect(made.lines).toContain("server-0: server-0 stops: enough");
    expect(made.exits).toEqual([]);
    expect(made.cluster.pids().size).toBe(0);
  });

  test("names a child that dies at once, with how and its last words", async () => {
    const made = make({ "server-0": "short" });
    await made.cluster.start();
    process.kill(made.cluster.pids().get(nodeId("server-0")) as number, "SIGUSR2");
    await until(() => made.exits.length === 1, "the exit is reported");
    const [exit] = made.exits;
    expect([exit.node, exit.code, exit.signal]).toEqual(["server-0", 7, null]);
    expect(exit.text).toMatch(
      /^server-0 ended with code 7; its last words:\n {2}hello.*\n {2}out of memory$/,
    );
  });

  test("names a child that is killed", async () => {
    const made = make();
    await made.cluster.start();
    process.kill(made.cluster.pids().get(nodeId("worker-0")) as number, "SIGKILL");
    await until(() => made.exits.length === 1, "the exit is reported");
    expect(made.exits[0].text).toMatch(/^worker-0 was killed by SIGKILL/);
  });

  test("starts a child again that the others go on without, until it dies too often", async () => {
    const deaths: string[] = [];
    const rule: RestartRule = {
      isWanted: ({ node }) => node === "worker-0",
      died: ({ text }) => deaths.push(text),
      restartAfterMs: 20,
      restartMax: 2,
    };
    const made = make({}, rule);
    await made.cluster.start();
    const kill = (node: string): void =>
      void process.kill(made.cluster.pids().get(nodeId(node)) as number, "SIGKILL");
    for (const life of [2, 3]) {
      kill("worker-0");
      const hello = `worker-0: hello from worker-0, registry address-of-manager-0, life ${life}`;
      await until(() => made.lines.includes(hello), `life ${life} begins`);
    }
    expect([deaths.length, made.exits]).toEqual([2, []]);
    kill("worker-0");
    await until(() => made.exits.length === 1, "the third death in a short while is reported");
    expect(made.exits[0].text).toMatch(
      /^worker-0 was killed by SIGKILL; its last words:\n {2}hello.*life 3$/,
    );
    kill("server-0");
    await until(() => made.exits.length === 2, "the death of one that is needed is reported");
    expect(deaths.length).toBe(2);
  });

  test("that cannot start stops what it started, and says which child and why", async () => {
    const broken = make({ "server-0": "broken" });
    await expect(broken.cluster.start()).rejects.toThrow(/server-0 ended with code 2.*no such address/s);
    expect(broken.cluster.pids().size).toBe(0);
    expect(broken.exits).toEqual([]);
    const missing = make({ "worker-0": "missing" });
    await expect(missing.cluster.start()).rejects.toThrow(/worker-0 could not be started: .*ENOENT/);
    expect(missing.cluster.pids().size).toBe(0);
  });

  test("names a child that is killed while others still start", async () => {
    const made = make({ "server-0": "loading" });
    const started = made.cluster.start();
    started.catch(() => {});
    await until(() => made.lines.some((line) => line.startsWith("server-0: hello")), "others start");
    process.kill(made.cluster.pids().get(nodeId("manager-0")) as number, "SIGKILL");
    await expect(started).rejects.toThrow(/^manager-0 was killed by SIGKILL/);
    expect(made.cluster.pids().size).toBe(0);
  });

  test("names a child that stops before it is registered, and leaves those that are slow alone", async () => {
    const made = make({ "worker-0": "stopped" });
    await made.cluster.start();
    await until(() => made.exits.length === 1, "the silence is reported");
    expect(made.exits[0].text).toMatch(
      /^worker-0 has not answered for \d+ ms, while the cluster was forming$/,
    );
    await made.cluster.stop("enough");
    const stuck = make({ "worker-0": "stuck", "server-0": "loading" });
    await expect(stuck.cluster.start()).rejects.toThrow(/^worker-0 has not answered for \d+ ms/);
    expect(stuck.exits).toEqual([]);
  });

  test("names a child that answers and is never registered, with its last words", async () => {
    const made = make({ "worker-0": "unregistered" });
    await made.cluster.start();
    await until(() => made.exits.length === 1, "it is named");
    expect(made.exits[0].text).toMatch(
      /^worker-0 is there, and is not registered after \d+ ms \(formAfterMs 6000\); its last words:\n {2}hello from worker-0/,
    );
  });

  test("kills a child that does not leave in time", async () => {
    const made = make({ "server-0": "stubborn" });
    await made.cluster.start();
    const pids = [...made.cluster.pids().values()];
    await made.cluster.stop("enough");
    expect(pids.map(isAlive)).toEqual([false, false, false]);
  });

  test("waits for children that leave by themselves", async () => {
    const made = make({ "server-0": "brief", "worker-0": "brief", "manager-0": "brief" });
    await made.cluster.start();
    await made.cluster.ended(5000);
    expect(made.cluster.pids().size).toBe(0);
    expect(made.exits).toEqual([]);
  });

  test.each(["SIGKILL", "SIGTERM"] as const)(
    "leaves no orphans when its process ends by %s",
    async (signal) => {
      launched = spawn(process.execPath, [launcher], { stdio: ["ignore", "pipe", "inherit"] });
      const [line] = (await once(launched.stdout as NonNullable<ChildProcess["stdout"]>, "data")) as [Buffer];
      const pids = JSON.parse(line.toString()) as number[];
      expect(pids.map(isAlive)).toEqual([true, true, true]);
      launched.kill(signal);
      await until(() => !pids.some(isAlive), "every child is gone");
    },
  );
});
