/** Clusters whose registry is in etcd: three members, of which the leading one is killed. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { describeWithEtcd, EtcdMembers } from "../net/support/etcd-members.ts";
import { endsAlike, triesTimeoutMs } from "./support/both-worlds.ts";
import { begin, endAll, type Running, tauring, Workshop } from "./support/commands.ts";

const workshop = new Workshop();
afterEach(endAll);
afterAll(() => workshop.remove());

const size = ["--servers", "1", "--workers", "1"];
const job = workshop.job("etcd", { cluster: { servers: 1, workers: 1 }, stop: { passesMax: 3 } });

describeWithEtcd("a cluster with its registry in etcd", () => {
  let members: EtcdMembers;
  let registry: readonly string[];
  beforeAll(async () => {
    members = await EtcdMembers.start({ count: 3 });
    registry = ["--registry", `etcd://${members.addresses.join(",")}`];
  });
  afterAll(() => members?.close());

  /** What is left of clusters that commands made for themselves. */
  async function leftBehind(): Promise<number> {
    const text = (bytes: string): string => Buffer.from(bytes).toString("base64");
    const range = { key: text("/tauring/local-"), range_end: text("/tauring/local."), keys_only: true };
    return ((await members.gateway("kv/range", range)).kvs as readonly unknown[] | undefined)?.length ?? 0;
  }

  const node = (role: string, ...more: readonly string[]): Running =>
    begin(["start", "--role", role, ...size, ...registry, ...more]);

  test("trains like any other, and leaves the same model", async () => {
    const trained = await tauring(["train", job, "--json", ...registry]);
    expect(trained.code, trained.stderr).toBe(0);
    const alone = await tauring(["train", job, "--world", "sim", "--json"]);
    const hashOf = (text: string): unknown => (JSON.parse(text) as Record<string, unknown>).model_sha256;
    expect(hashOf(trained.stdout)).toBe(hashOf(alone.stdout));
    expect(await leftBehind()).toBe(0);
  });

  test("finds its nodes there, goes on while etcd's leader is killed, and its id serves one job", async () => {
    const roles = ["scheduler", "server", "worker", "manager"];
    const nodes = roles.map((role) => node(role, "--cluster", "one by one"));
    const [, address] = await nodes[3].says(/^manager-0 listens at (\S+)$/m);
    const passes = workshop.job("longer", {
      cluster: { servers: 1, workers: 1 },
      stop: { passesMax: 60, epsilon: 1e-15 },
    });
    const training = begin(["train", passes, "--connect", address, "--json"]);
    await training.says(/^ +2 +\d/m);
    const leader = await members.leader();
    await members.kill(leader);
    const trained = await training.ended;
    expect(trained.code, trained.stderr).toBe(0);
    expect(JSON.parse(trained.stdout)).toMatchObject({ passes: 60 });
    for (const { ended } of nodes) expect((await ended).code, (await ended).stderr).toBe(0);
    await members.restart(leader);

    const again = await node("manager", "--cluster", "one by one").ended;
    expect(again.stderr).toContain(
      "the registry in etcd under /tauring/one%20by%20one/ holds a job that has ended, and a registry serves one job: " +
        "start with another --cluster, or remove this one's records (etcdctl del --prefix /tauring/one%20by%20one/)",
    );
    expect(again.code).toBe(2);
  });

  test("is launched there too", async () => {
    const cluster = begin(["launch", ...size, "--port", "0", ...registry]);
    const [, address] = await cluster.says(/--connect (\S+)$/m);
    const trained = await tauring(["train", job, "--connect", address, "--json"]);
    expect(trained.code, trained.stderr).toBe(0);
    expect(await leftBehind()).toBeGreaterThan(0);
    expect((await cluster.ended).code).toBe(0);
    expect(await leftBehind()).toBe(0);
  });

  test(
    "outlives its manager and its scheduler in a scenario on real processes, as in virtual time",
    async () => {
      await endsAlike("control/manager-and-scheduler-die-at-once", ...registry);
      expect(await leftBehind()).toBe(0);
    },
    triesTimeoutMs,
  );

  test("waits for etcd, says why, and leaves when it is told to", async () => {
    const waiting = begin(["start", "--role", "server", ...size, "--registry", "etcd://127.0.0.1:1"]);
    await waiting.says(/server-0: no member of etcd has answered .* etcd at 127\.0\.0\.1:1: .*ECONNREFUSED/);
    waiting.process.kill("SIGTERM");
    expect((await waiting.ended).code).toBe(143);
  });
});
