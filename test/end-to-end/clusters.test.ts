/** Clusters that wait for a job: on this machine, and node by node as across machines, with mutual TLS. */
import { createServer } from "node:net";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { begin, endAll, isAlive, type Running, tauring, Workshop } from "./support/commands.ts";

const workshop = new Workshop();
afterEach(endAll);
afterAll(() => workshop.remove());

const job = workshop.job("submitted", { cluster: { servers: 1, workers: 1 }, stop: { passesMax: 3 } });
const size = ["--servers", "1", "--workers", "1"];

test("launch waits for a job, runs the one that is submitted, and ends with it", async () => {
  const cluster = begin(["launch", ...size, "--port", "0"]);
  const [, address] = await cluster.says(
    /^waiting for a job: tauring train JOB\.yaml --connect (127\.0\.0\.1:\d+)$/m,
  );
  const nodes = cluster.nodes();
  expect(nodes.size).toBe(4);

  const other = await tauring(["train", job, "--connect", address, "--cluster", "other"]);
  expect(other.stderr).toMatch(
    /^tauring: .*the caller belongs to cluster "other", this node to "local-\d+"$/m,
  );
  expect(other.code).toBe(5);

  const model = workshop.path("connected.model");
  const trained = await tauring(["train", job, "--connect", address, "--json", "--model", model]);
  expect(trained.code, trained.stderr).toBe(0);
  const alone = await tauring(["train", job, "--world", "sim", "--json"]);
  const hashOf = (text: string): unknown => (JSON.parse(text) as Record<string, unknown>).model_sha256;
  expect(hashOf(trained.stdout)).toBe(hashOf(alone.stdout));

  const ended = await cluster.ended;
  expect([ended.code, ended.stdout.trimEnd().split("\n").at(-1)]).toEqual([
    0,
    "the job ended, and the cluster with it",
  ]);
  expect([...nodes.values()].filter(isAlive)).toEqual([]);
});

test("a cluster has one job, which goes on when the one who submitted it leaves", async () => {
  const cluster = begin(["launch", ...size, "--port", "0"]);
  const [, address] = await cluster.says(/--connect (\S+)$/m);
  const long = workshop.job("long", {
    cluster: { servers: 1, workers: 1 },
    stop: { passesMax: 1_000_000, epsilon: 1e-15 },
  });
  const first = begin(["train", long, "--connect", address]);
  await first.says(/^ +1 +\d/m);
  const second = await tauring(["train", job, "--connect", address]);
  expect(second.stderr).toBe(`tauring: the cluster at ${address} has a job already: a cluster runs one\n`);
  expect(second.code).toBe(5);
  first.process.kill("SIGINT");
  expect(await first.ended).toMatchObject({
    code: 130,
    stderr: expect.stringContaining("the cluster goes on"),
  });
  expect(cluster.nodes().size).toBe(4);
  const nodes = cluster.nodes();
  cluster.process.kill("SIGTERM");
  expect((await cluster.ended).code).toBe(143);
  expect([...nodes.values()].filter(isAlive)).toEqual([]);
});

test("options in the environment are for a command, not for the processes that it starts", async () => {
  // Nodes that advertised this address would never be reached.
  const env = {
    TAURING_PASSES: "2",
    TAURING_ADVERTISE: "192.0.2.1",
    TAURING_TRACE: workshop.path("t.jsonl"),
  };
  const { code, stdout, stderr } = await tauring(["train", job, "--json"], { env });
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ passes: 2 });
  expect((await tauring(["check", workshop.path("t.jsonl")])).code).toBe(0);
});

describe("nodes that are started one by one, with the certificates of tauring cert", () => {
  const tls = (name: string): readonly string[] => [
    "--tls-cert",
    workshop.path(`certs/${name}.pem`),
    "--tls-key",
    workshop.path(`certs/${name}-key.pem`),
    "--tls-ca",
    workshop.path("certs/ca.pem"),
  ];
  const node = (role: string, ...more: readonly string[]): Running =>
    begin(["start", "--role", role, "--cluster", "trial", ...size, ...tls(role), ...more]);

  test("train what is submitted with one, and end with it", async () => {
    const made = await tauring(["cert", workshop.path("certs"), "--cluster", "trial"]);
    expect(made.code, made.stderr).toBe(0);
    const manager = node("manager", "--bind", "127.0.0.1:0");
    const [, address] = await manager.says(/^manager-0 listens at (\S+)$/m);
    const others = ["scheduler", "server", "worker"].map((role) => node(role, "--connect", address));

    // The last --tls-cert and --tls-key are the ones that count.
    const impostor = await node("server", "--connect", address, ...tls("worker")).ended;
    expect(impostor.stderr).toContain(
      "the certificate names spiffe://trial/worker, which may not write nodes/server-0",
    );
    expect(impostor.code).toBe(5);
    const submitted = await tauring(["train", job, "--connect", address, ...tls("worker")]);
    expect(submitted.stderr).toContain(
      "the certificate names spiffe://trial/worker, which may not write job",
    );
    expect(submitted.code).toBe(5);

    const plain = await tauring(["train", job, "--connect", address]);
    expect(plain.stderr).toContain(`${address} speaks TLS: give --tls-cert, --tls-key and --tls-ca`);
    expect(plain.code, "without a certificate").toBe(5);

    const trained = await tauring(["train", job, "--connect", address, ...tls("client"), "--json"]);
    expect(trained.code, trained.stderr).toBe(0);
    expect(JSON.parse(trained.stdout)).toMatchObject({ world: "grpc", passes: 3 });
    for (const { ended } of [manager, ...others]) expect((await ended).code, (await ended).stderr).toBe(0);
  });

  test("are waited for by name", async () => {
    const start = (role: string, ...more: readonly string[]): Running =>
      begin(["start", "--role", role, "--cluster", "waiting", ...size, ...more]);
    const manager = start("manager");
    const [, address] = await manager.says(/^manager-0 listens at (\S+)$/m);
    const others = ["scheduler", "server"].map((role) => start(role, "--connect", address));
    for (const other of others) await other.says(/ listens at /);
    const trained = begin(["train", job, "--connect", address]);
    await trained.says(/^waiting for worker-0$/m);
    const worker = start("worker", "--connect", address);
    const { code, stderr } = await trained.ended;
    expect(code, stderr).toBe(0);
    expect(stderr.match(/waiting for/g)).toHaveLength(1);
    for (const { ended } of [manager, ...others, worker]) expect((await ended).code).toBe(0);
  });

  test("have their names to themselves as long as they live", async () => {
    const start = (role: string, ...more: readonly string[]): Running =>
      begin(["start", "--role", role, "--cluster", "twins", "--suspect-after-ms", "60000", ...size, ...more]);
    const manager = start("manager");
    const [, address] = await manager.says(/^manager-0 listens at (\S+)$/m);
    const there = ["--connect", address];
    const [server, worker] = [start("server", ...there), start("worker", ...there)];
    for (const node of [server, worker]) await node.says(/ listens at /);
    const trained = begin(["train", job, ...there]);
    await trained.says(/^waiting for scheduler-0$/m);

    const twin = await start("server", ...there).ended;
    expect(twin.stderr).toMatch(/^tauring: server-0 could not start: server-0 is running already, at 127\./m);
    expect(twin.code).toBe(2);

    worker.process.kill("SIGKILL");
    await worker.ended;
    const restarted = start("worker", ...there);
    await restarted.says(/ listens at /);
    const scheduler = start("scheduler", ...there);
    const { code, stderr } = await trained.ended;
    expect(code, stderr).toBe(0);
    for (const { ended } of [manager, server, restarted, scheduler]) expect((await ended).code).toBe(0);
  });

  test("are told when a peer of another cluster calls", async () => {
    const manager = begin(["start", "--role", "manager", "--cluster", "here", ...size]);
    const [, address] = await manager.says(/listens at (\S+)$/m);
    const stranger = begin([
      "start",
      "--role",
      "server",
      "--cluster",
      "elsewhere",
      "--connect",
      address,
      ...size,
    ]);
    const { code, stderr } = await stranger.ended;
    expect(stderr).toMatch(/belongs to cluster "elsewhere", this node to "here"/);
    expect(code).toBe(5);
  });
});

describe("what cannot be started says why", () => {
  test("beyond this machine without TLS", async () => {
    const { code, stderr } = await tauring(["start", "--role", "manager", "--bind", "0.0.0.0:0"]);
    expect(stderr).toMatch(
      /^tauring: --bind: listening at 0\.0\.0\.0 .* --tls-cert, --tls-key and --tls-ca .* --insecure/,
    );
    expect(code).toBe(2);
  });

  test("with --insecure it is allowed", async () => {
    const manager = begin([
      "start",
      "--role",
      "manager",
      "--bind",
      "0.0.0.0:0",
      "--advertise",
      "127.0.0.1",
      "--insecure",
      ...size,
    ]);
    await manager.says(/^manager-0 listens at 127\.0\.0\.1:\d+$/m);
    manager.process.kill("SIGTERM");
    expect((await manager.ended).code).toBe(143);
  });

  test("at a port in use", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const [started, launched] = await Promise.all([
      tauring(["start", "--role", "manager", "--bind", `127.0.0.1:${port}`]),
      tauring(["launch", "--port", String(port)]),
    ]);
    server.close();
    for (const { code, stderr } of [started, launched]) {
      expect(stderr).toContain(
        `manager-0 could not start: cannot listen at 127.0.0.1:${port}: another process has this port`,
      );
      expect(code).toBe(2);
    }
  });

  test("where no cluster is", async () => {
    const { code, stderr } = await tauring(["train", job, "--connect", "127.0.0.1:1"]);
    expect(stderr).toBe("tauring: no manager answers at 127.0.0.1:1: start a cluster (tauring launch)\n");
    expect(code).toBe(4);
  });
});
