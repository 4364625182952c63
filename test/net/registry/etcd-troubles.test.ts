/** An etcd that is out of space, away, or not there: what a person is told, how often, and that the end of it is noticed. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { RegistryTroubles } from "../../../src/cli/registry-troubles.ts";
import type { RegistryAnswer } from "../../../src/core/index.ts";
import { checkEtcd } from "../../../src/net/registry/etcd/etcd-check.ts";
import { EtcdRegistry } from "../../../src/net/registry/etcd/etcd-registry.ts";
import { describeWithEtcd, EtcdMembers } from "../support/etcd-members.ts";
import { etcdOptions } from "../support/etcd-world.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describeWithEtcd("an etcd without space", () => {
  let members: EtcdMembers;
  beforeAll(async () => {
    members = await EtcdMembers.start({ count: 1, args: ["--quota-backend-bytes=2000000"] });
  });
  afterAll(() => members?.close());

  async function fill(): Promise<void> {
    const put = { key: base64("large"), value: base64("x".repeat(300_000)) };
    for (let i = 0; i < 50; i++) {
      const refusal = await members.gateway("kv/put", put).then(
        () => undefined,
        (error: Error) => error.message,
      );
      if (refusal?.includes("database space exceeded") === true) return;
    }
    throw new Error("the quota is never reached");
  }

  /** As whoever runs it does, told what would help. */
  async function makeRoom(): Promise<void> {
    const read = await members.gateway("kv/range", { key: base64("large"), count_only: true });
    const { revision, member_id: memberID } = read.header as { revision: string; member_id: string };
    await members.gateway("kv/compaction", { revision, physical: true });
    await members.gateway("maintenance/defragment", {});
    await members.gateway("maintenance/alarm", { action: "DEACTIVATE", alarm: "NOSPACE", memberID });
  }

  test("says what would help, once for as long as it lasts, and what is written afterwards is there", async () => {
    const options = etcdOptions(members.addresses);
    const patient = { ...options.limits, connectTimeoutMs: 10_000, attemptTimeoutMs: 20_000 };
    const limits = { ...patient, requestTimeoutMs: 3_000 };
    const checked = (): ReturnType<typeof checkEtcd> =>
      checkEtcd({ ...options, limits: { ...patient, requestTimeoutMs: 20_000 } });
    const troubles: string[] = [];
    const registry = new EtcdRegistry(
      { ...options, limits },
      { troubled: (reason) => troubles.push(reason) },
    );
    open.push(registry);
    const put = (): Promise<RegistryAnswer> =>
      registry.execute({
        type: "transact",
        compare: [],
        writes: [{ type: "put", key: "a", value: "1", lease: 0 }],
      });
    expect(await checked()).toBeUndefined();
    expect(await put()).toMatchObject({ type: "transacted", succeeded: true });
    await fill();
    const help = "compact and defragment etcd, or raise --quota-backend-bytes; then etcdctl alarm disarm";
    for (let i = 0; i < 2; i++) {
      expect(await put()).toMatchObject({ type: "unavailable", reason: expect.stringContaining(help) });
      expect(await registry.execute({ type: "read", prefix: "" })).toMatchObject({ type: "records" });
    }
    expect(troubles.length).toBeGreaterThan(0);
    expect(troubles).toEqual([...new Set(troubles)]);
    expect(await checkEtcd({ ...options, limits })).toEqual({
      isRefused: false,
      reason: expect.stringContaining(help),
    });
    await makeRoom();
    expect(await checked()).toBeUndefined();
    expect(await put()).toMatchObject({ type: "transacted", succeeded: true });
  });
});

test("where nobody listens a check says so of each member, in the same words whoever was asked first", async () => {
  const options = etcdOptions(["127.0.0.1:2", "127.0.0.1:1"]);
  const limits = { ...options.limits, requestTimeoutMs: 2_000 };
  const checked = await checkEtcd({ ...options, limits });
  const help = "(is an etcd running there, and reachable from here?)";
  const of = (port: number): string =>
    `etcd at 127.0.0.1:${port}: no connection: connect ECONNREFUSED 127.0.0.1:${port} ${help}`;
  expect(checked).toEqual({
    isRefused: false,
    reason: `no member of etcd has answered within requestTimeoutMs 2000: ${of(1)}; ${of(2)}`,
  });
});

test("what all nodes of a run say of their etcd is repeated once, without their names", () => {
  const said: string[] = [];
  const troubles = new RegistryTroubles((text) => said.push(text));
  const words = "etcd at 127.0.0.1:2379: no leader (most of etcd's members must run and reach each other)";
  for (const node of ["manager-0", "server-0"]) expect(troubles.heard(`${node}: ${words}`)).toBe(true);
  expect(troubles.heard("server-0 listens at 127.0.0.1:1")).toBe(false);
  expect(said).toEqual([`the registry: ${words}`]);
});
