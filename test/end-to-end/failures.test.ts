/** What goes wrong with a run ends it by name: nobody waits for ever, nothing is left behind. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import {
  bin,
  begin,
  type Ended,
  endAll,
  isAlive,
  Running,
  tauring,
  temporary,
  Workshop,
} from "./support/commands.ts";

const workshop = new Workshop();
afterEach(endAll);
afterAll(() => workshop.remove());

/** It would go on for minutes. */
const cluster = { servers: 1, workers: 1 };
const long = workshop.job("long", { cluster, stop: { passesMax: 1_000_000, epsilon: 1e-15 } });
const short = workshop.job("short", { cluster, stop: { passesMax: 3 } });

interface UnderWay {
  readonly run: Running;
  readonly nodes: ReadonlyMap<string, number>;
}

/** A run that has got to its first pass, and its processes. */
async function underWay(...args: readonly string[]): Promise<UnderWay> {
  const run = begin(["train", long, ...args]);
  await run.says(/^ +1 +\d/m);
  const nodes = run.nodes();
  expect([...nodes.keys()].toSorted()).toEqual(["manager-0", "scheduler-0", "server-0", "worker-0"]);
  return { run, nodes };
}

function expectNoOrphans(nodes: ReadonlyMap<string, number>): void {
  const living = [...nodes].filter(([, pid]) => isAlive(pid)).map(([node]) => node);
  expect(living, "processes that are still there").toEqual([]);
}

/** It ends without a result, says why, and takes its processes with it. */
async function expectFailed({ run, nodes }: UnderWay, why: string | RegExp): Promise<void> {
  const { code, stdout, stderr } = await run.ended;
  expect(stderr).toMatch(why);
  expect([code, stdout]).toEqual([1, ""]);
  expectNoOrphans(nodes);
}

describe("a peer that dies ends the run with an error that names it", () => {
  test.each(["manager-0", "scheduler-0", "server-0", "worker-0"])("%s is killed", async (node) => {
    const begun = await underWay();
    process.kill(begun.nodes.get(node) as number, "SIGKILL");
    await expectFailed(begun, `tauring: ${node} was killed by SIGKILL`);
  });

  test("manager-0 of one run and server-0 of another are stopped, and say no more", async () => {
    const stopped = async (node: string): Promise<void> => {
      const begun = await underWay();
      process.kill(begun.nodes.get(node) as number, "SIGSTOP");
      const silence = `^tauring: .*${node} (was silent|has not answered a heartbeat) for \\d+ ms`;
      await expectFailed(begun, new RegExp(silence, "m"));
    };
    // Silence is waited for: at once.
    await Promise.all(["manager-0", "server-0"].map(stopped));
  });
});

describe("while the cluster starts", () => {
  /** A run whose processes are there, and which of them listen is not known. */
  async function forming(): Promise<UnderWay> {
    const run = begin(["train", long]);
    while (run.nodes().size < 4) await new Promise((resolve) => setTimeout(resolve, 5));
    return { run, nodes: run.nodes() };
  }

  test.each(["manager-0", "worker-0"])("%s is killed", async (node) => {
    const begun = await forming();
    process.kill(begun.nodes.get(node) as number, "SIGKILL");
    await expectFailed(begun, `tauring: ${node} was killed by SIGKILL`);
  });

  test("manager-0 of one run and worker-0 of another are stopped, and say no more", async () => {
    const stopped = async (node: string): Promise<void> => {
      const begun = await forming();
      process.kill(begun.nodes.get(node) as number, "SIGSTOP");
      await expectFailed(begun, new RegExp(`^tauring: ${node} has not answered for \\d+ ms`, "m"));
    };
    await Promise.all(["manager-0", "worker-0"].map(stopped));
  });

  test("the command is killed: its processes leave by themselves", async () => {
    const { run, nodes } = await forming();
    run.process.kill("SIGKILL");
    await run.ended;
    while ([...nodes.values()].some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 50));
  });
});

describe("a signal stops a run cleanly, with a trace of what happened until then", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("%s over gRPC", async (signal, code) => {
    const trace = workshop.path(`${signal}.jsonl`);
    const { run, nodes } = await underWay("--trace", trace, "--json");
    run.process.kill(signal);
    const ended = await run.ended;
    expect([ended.code, ended.stdout]).toEqual([code, ""]);
    expect(ended.stderr).toContain(`tauring: stopped by ${signal}`);
    expectNoOrphans(nodes);
    await expectReadable(trace);
  });

  test("Ctrl-C reaches every process at once: the nodes leave it to the command that started them", async () => {
    const { run, nodes } = await underWay();
    for (const pid of nodes.values()) process.kill(pid, "SIGINT");
    await run.says(/^ +20 +\d/m);
    for (const pid of [...nodes.values(), run.process.pid as number]) process.kill(pid, "SIGINT");
    const ended = await run.ended;
    expect(ended.code).toBe(130);
    expect(ended.stderr.trimEnd().split("\n").at(-1)).toBe("tauring: stopped by SIGINT");
    expectNoOrphans(nodes);
  });

  test.each([
    ["SIGINT", 130, "sim.jsonl"],
    ["SIGTERM", 143, "sim.jsonl.gz"],
  ] as const)("%s in the simulator", async (signal, code, name) => {
    const trace = workshop.path(name);
    const run = begin(["train", long, "--world", "sim", "--tau", "1", "--trace", trace]);
    await run.says(/^ +20 +\d/m);
    run.process.kill(signal);
    const ended = await run.ended;
    expect([ended.code, ended.stdout]).toEqual([code, ""]);
    await expectReadable(trace);
  });

  test("the processes of a command that is killed leave by themselves", async () => {
    const { run, nodes } = await underWay();
    run.process.kill("SIGKILL");
    await run.ended;
    while ([...nodes.values()].some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 50));
  });

  test.each(["grpc", "sim"])("while the model is written (%s), it leaves no half of it", async (world) => {
    const many = workshop.job(`many-${world}`, {
      data: { train: "data.svm", features: 20_000_000 },
      stop: { passesMax: 1 },
    });
    mkdirSync(workshop.path(world));
    const run = begin(["train", many, "--world", world, "--model", workshop.path(`${world}/model.txt`)]);
    const isWriting = (): boolean => readdirSync(workshop.path(world)).some((name) => name.includes(".tmp"));
    while (!isWriting() && run.process.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 5));
    run.process.kill("SIGTERM");
    const { code, stderr } = await run.ended;
    expect(stderr).toContain("tauring: stopped by a signal; the model was not written");
    expect([code, readdirSync(workshop.path(world))]).toEqual([143, []]);
  });

  async function expectReadable(trace: string): Promise<void> {
    const { code, stdout, stderr } = await tauring(["check", trace, "--json"]);
    expect(code, stdout + stderr).toBe(0);
    const { checks } = JSON.parse(stdout) as { checks: Record<string, { evaluated: number }> };
    expect(checks.C1.evaluated).toBeGreaterThan(0);
  }
});

describe("a disk that is full", () => {
  const before = (): string => {
    const model = workshop.path("model.txt");
    writeFileSync(model, "what was there before\n");
    return model;
  };
  const leftovers = (): readonly string[] =>
    readdirSync(workshop.folder).filter((name) => name.includes(".tmp"));

  test("leaves the model that was there, no half of the new one, and the report", async () => {
    const model = before();
    // A file of more than 1 KB is refused, as by a disk that is full. SIGXFSZ is ignored by Node.
    const limited = new Running("bash", [
      "-c",
      `ulimit -f 1; exec "$@"`,
      "-",
      process.execPath,
      bin,
      "train",
      short,
      "--world",
      "sim",
      "--json",
      "--model",
      model,
    ]);
    const { code, stdout, stderr } = await limited.ended;
    expect(stderr).toMatch(/^tauring: .*model\.txt: the file grew past the allowed size \(EFBIG\)$/m);
    expect(code).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({ passes: 3 });
    expect(readFileSync(model, "utf8")).toBe("what was there before\n");
    expect(leftovers()).toEqual([]);
  });

  test("is named where the model was to go", async () => {
    const { code, stderr } = await tauring(["train", short, "--world", "sim", "--model", "/dev/full"]);
    expect(stderr).toContain("tauring: /dev/full: the disk is full (ENOSPC)");
    expect(code).toBe(6);
  });

  test.each(["grpc", "sim"])("that takes no trace (%s) does not end the run", async (world) => {
    const { code, stdout, stderr } = await tauring([
      "train",
      short,
      "--world",
      world,
      "--json",
      "--trace",
      "/dev/full",
    ]);
    expect(stderr).toContain("the trace is lost: /dev/full: the disk is full (ENOSPC)");
    expect(JSON.parse(stdout)).toMatchObject({ passes: 3 });
    expect(code).toBe(6);
  });

  test("that takes no node's trace is told by the node, which goes on", async () => {
    const { code, stdout, stderr } = await limitedRun([
      "train",
      short,
      "--json",
      "--trace",
      workshop.path("lost.jsonl"),
    ]);
    expect(stderr).toMatch(/worker-0: the trace is lost: .*EFBIG/);
    expect(JSON.parse(stdout)).toMatchObject({ passes: 3 });
    expect(code).toBe(6);
  });

  test("under a recording ends the run, and names the node", async () => {
    const { code, stdout, stderr } = await limitedRun(["train", long, "--record", workshop.path("records")]);
    expect(stderr).toMatch(/^tauring: (manager|scheduler|server|worker)-\d stopped: .*EFBIG/m);
    expect([code, stdout]).toEqual([6, ""]);
  });

  test.each([
    ["/dev/full", 6, "tauring: manager-0 stopped: the recording /dev/full cannot be written: ENOSPC"],
    ["/proc/x", 2, "tauring: manager-0 could not start: ENOENT"],
  ])("under the recording of a node that is started (%s) is said by it", async (out, expected, said) => {
    const node = begin(["start", "--role", "manager", "--record", out]);
    await Promise.race([node.says(/listens at/), node.ended]);
    if (expected === 6) node.process.kill("SIGTERM");
    const { code, stderr } = await node.ended;
    expect(stderr).toContain(said);
    expect(code).toBe(expected);
  });

  test("under stdout is said", async () => {
    const { code, stderr } = await new Running("bash", [
      "-c",
      `"$@" >/dev/full`,
      "-",
      process.execPath,
      bin,
      "doctor",
    ]).ended;
    expect(stderr).toContain("tauring: the result cannot be written to stdout: ENOSPC");
    expect(code).toBe(6);
  });

  test("a reader that goes away is no error", async () => {
    const { code, stderr } = await new Running("bash", [
      "-c",
      `set -o pipefail; "$@" | head -n 1`,
      "-",
      process.execPath,
      bin,
      "train",
      short,
      "--world",
      "sim",
      "--json",
    ]).ended;
    expect(stderr).not.toContain("EPIPE");
    expect(code).toBe(0);
  });

  function limitedRun(args: readonly string[]): Promise<Ended> {
    return new Running("bash", ["-c", `ulimit -f 8; exec "$@"`, "-", process.execPath, bin, ...args]).ended;
  }
});

test("no run leaves its parts of a trace in the folder for temporary files", () => {
  expect(readdirSync(temporary)).toEqual(["workshop"]);
});
