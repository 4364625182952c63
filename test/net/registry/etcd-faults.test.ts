/** Three members of etcd, of which tests kill, stop and start some: what the client promises holds all the same. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RegistryAnswer, RegistryChange } from "../../../src/core/index.ts";
import type { EtcdOptions } from "../../../src/net/registry/etcd/etcd-options.ts";
import { EtcdRegistry } from "../../../src/net/registry/etcd/etcd-registry.ts";
import { until } from "../support/clock.ts";
import { describeWithEtcd, EtcdMembers } from "../support/etcd-members.ts";
import { etcdOptions } from "../support/etcd-world.ts";
import { pass } from "../support/registry-worlds.ts";
import { TcpRelay } from "../support/tcp-relay.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function connect(options: EtcdOptions, troubles: string[] = []): EtcdRegistry {
  const registry = new EtcdRegistry(options, {
    troubled: (reason) => troubles.push(reason),
    refused: (reason) => troubles.push(`refused: ${reason}`),
  });
  open.push(registry);
  return registry;
}

function put(registry: EtcdRegistry, key: string, value: string, lease = 0): Promise<RegistryAnswer> {
  return registry.execute({ type: "transact", compare: [], writes: [{ type: "put", key, value, lease }] });
}

/** Until it is known to be done; how often it was not known. */
async function insist(registry: EtcdRegistry, key: string, value: string): Promise<number> {
  for (let i = 0; i < 60; i++) {
    const answer = await put(registry, key, value);
    if (answer.type === "transacted") return i;
    expect(answer).toMatchObject({ type: "unavailable" });
    await pass(50);
  }
  throw new Error("etcd never answers");
}

function collect(registry: EtcdRegistry): RegistryChange[] {
  const seen: RegistryChange[] = [];
  registry.watch("", (changes) => seen.push(...changes));
  return seen;
}

function valuesOf(seen: readonly RegistryChange[]): string[] {
  return seen.map((change) => (change.type === "put" ? change.record.value : "gone"));
}

function revisionsOf(seen: readonly RegistryChange[]): number[] {
  return seen.map((change) => (change.type === "put" ? change.record.modified : change.modified));
}

describeWithEtcd("a registry in etcd", () => {
  let members: EtcdMembers;
  beforeAll(async () => {
    members = await EtcdMembers.start({ count: 3 });
  });
  afterAll(() => members?.close());

  /** A client that asks this member first. */
  const beginningAt = (i: number): EtcdOptions => {
    const { addresses } = members;
    return etcdOptions([...addresses.slice(i), ...addresses.slice(0, i)]);
  };

  test("whose leader is killed (SIGKILL) goes on: nothing answered is lost, and the watch misses no change", async () => {
    const leader = await members.leader();
    const options = beginningAt(leader);
    const writer = connect(options);
    const seen = collect(connect(options));
    let unknown = 0;
    for (let i = 0; i < 30; i++) {
      if (i === 10) await members.kill(leader);
      if (i === 20) await members.restart(leader);
      unknown += await insist(writer, "count", String(i));
    }
    await until(() => valuesOf(seen).at(-1) === "29", "the last change is seen");
    const values = valuesOf(seen).map(Number);
    // What was not known to be done and was, is there twice.
    expect([...new Set(values)]).toEqual(Array.from({ length: 30 - values[0] }, (_, i) => values[0] + i));
    expect(values.length - new Set(values).size).toBeLessThanOrEqual(unknown);
    expect(revisionsOf(seen)).toEqual([...new Set(revisionsOf(seen))].toSorted((a, b) => a - b));
  });

  test("whose member hangs (SIGSTOP) goes on at another, with its watch", async () => {
    const leader = await members.leader();
    const follower = (leader + 1) % 3;
    const options = beginningAt(follower);
    const troubles: string[] = [];
    const watcher = connect(options, troubles);
    const writer = connect(options);
    const seen = collect(watcher);
    await insist(writer, "count", "0");
    await until(() => seen.length === 1, "the first change is seen");
    members.stop(follower);
    try {
      await insist(writer, "count", "1");
      await until(() => valuesOf(seen).includes("1"), "the change is seen through another member");
      expect(await watcher.execute({ type: "read", prefix: "" })).toMatchObject({ type: "records" });
      expect(troubles.join("\n")).toContain(`etcd at ${options.members[0]}: `);
    } finally {
      members.goOn(follower);
    }
    await insist(writer, "count", "2");
    // What was sent to the member as it hung, and answered `unavailable`, may be done now that it goes on: even after this.
    await until(() => valuesOf(seen).includes("2"), "later changes are seen");
    expect(revisionsOf(seen)).toEqual([...new Set(revisionsOf(seen))]);
  });

  test("whose leader hangs (SIGSTOP) goes on with another leader", async () => {
    const leader = await members.leader();
    const registry = connect(beginningAt(leader));
    await insist(registry, "count", "0");
    members.stop(leader);
    try {
      await insist(registry, "count", "1");
    } finally {
      members.goOn(leader);
    }
    await members.leader();
    expect(await registry.execute({ type: "read", prefix: "" })).toMatchObject({ records: [{ value: "1" }] });
  });

  test("without a majority answers in time what is missing, and recovers", async () => {
    const options = beginningAt(0);
    const registry = connect(options);
    const seen = collect(registry);
    const leased = await registry.execute({ type: "grant-lease", ttlMs: 60_000 });
    const lease = leased.type === "leased" ? leased.lease : 0;
    expect(await put(registry, "leader", "1", lease)).toMatchObject({ type: "transacted" });
    await members.kill(1);
    await members.kill(2);
    try {
      await pass(2_500);
      for (const request of [
        { type: "read", prefix: "" },
        { type: "transact", compare: [], writes: [{ type: "delete", key: "leader" }] },
        { type: "keep-alive", lease },
      ] as const) {
        const begin = performance.now();
        const answer = await registry.execute(request);
        expect(performance.now() - begin).toBeLessThan(options.limits.requestTimeoutMs + 5_000);
        expect(answer).toMatchObject({ type: "unavailable" });
        const reason = answer.type === "unavailable" ? answer.reason : "";
        expect(reason).toContain(`etcd at ${options.members[0]}: no leader (most of etcd's members must run`);
        expect(reason).toContain(`etcd at ${options.members[1]}: `);
      }
    } finally {
      members.spawn(1);
      await members.restart(2);
    }
    await insist(registry, "after", "1");
    await until(() => valuesOf(seen).length === 2, "the watch goes on");
    expect(await registry.execute({ type: "keep-alive", lease })).toEqual({ type: "kept", isAlive: true });
  });

  test("that is stopped as a whole and started again holds what was answered", async () => {
    const registry = connect(beginningAt(0));
    const seen = collect(registry);
    await insist(registry, "kept", "1");
    await until(() => seen.length === 1, "it is seen");
    for (const i of [0, 1, 2]) await members.kill(i);
    for (const i of [0, 1]) members.spawn(i);
    await members.restart(2);
    await insist(registry, "kept", "2");
    await until(() => valuesOf(seen).at(-1) === "2", "the watch goes on");
    expect(valuesOf(seen)).toEqual([...new Set(valuesOf(seen))]);
  });

  /** A watch through a relay, and a writer past it. */
  async function relayed(): Promise<{ relay: TcpRelay; writer: EtcdRegistry; seen: RegistryChange[] }> {
    const relay = await TcpRelay.to(Number(members.addresses[0].split(":")[1]));
    open.push(relay);
    const options = etcdOptions(members.addresses);
    const seen = collect(connect({ ...options, members: [`127.0.0.1:${relay.port}`] }));
    return { relay, writer: connect(options), seen };
  }

  test("tells a watch that was interrupted of each change that it has missed, deletions too", async () => {
    const { relay, writer, seen } = await relayed();
    await insist(writer, "count", "0");
    await until(() => seen.length === 1, "the first change is seen");
    relay.refuse();
    for (const i of [1, 2, 3]) await insist(writer, "count", String(i));
    await writer.execute({ type: "transact", compare: [], writes: [{ type: "delete", key: "count" }] });
    await insist(writer, "count", "4");
    relay.accept();
    await until(() => valuesOf(seen).includes("4"), "the last change is seen");
    expect(valuesOf(seen)).toEqual(["0", "1", "2", "3", "gone", "4"]);
  });

  test("that has forgotten what a watch has not seen is read again: the watch goes on with the difference", async () => {
    const { relay, writer, seen } = await relayed();
    for (const key of ["same", "changed", "gone"]) await insist(writer, key, "1");
    await until(() => seen.length === 3, "the first records are seen");
    relay.refuse();
    for (let i = 2; i < 9; i++) await insist(writer, "changed", String(i));
    await writer.execute({ type: "transact", compare: [], writes: [{ type: "delete", key: "gone" }] });
    const done = await put(writer, "new", "1");
    const revision = done.type === "transacted" ? done.revision : 0;
    await members.gateway("kv/compaction", { revision, physical: true });
    relay.accept();
    await until(() => seen.length >= 6, "the difference is seen");
    expect(valuesOf(seen.slice(3))).toEqual(["8", "1", "gone"]);
    expect(revisionsOf(seen).at(-1)).toBeGreaterThanOrEqual(revision);
    await insist(writer, "changed", "9");
    await until(() => valuesOf(seen).at(-1) === "9", "later changes are seen");
  });

  test("refuses what etcd's own limits forbid, and says which", async () => {
    const registry = connect(beginningAt(0));
    expect(await put(registry, "large", "x".repeat(2_000_000))).toEqual({
      type: "refused",
      reason: expect.stringContaining("request is too large (raise etcd's --max-request-bytes)"),
    });
    const writes = Array.from({ length: 129 }, (_, i) => {
      return { type: "put", key: `${i}`, value: "", lease: 0 } as const;
    });
    expect(await registry.execute({ type: "transact", compare: [], writes })).toEqual({
      type: "refused",
      reason: expect.stringContaining("(raise etcd's --max-txn-ops)"),
    });
  });

  test("has a limit of requests under way", async () => {
    const options = beginningAt(0);
    const registry = connect({ ...options, limits: { ...options.limits, requestsMax: 2 } });
    const answers = await Promise.all([1, 2, 3].map((i) => put(registry, `${i}`, "1")));
    expect(answers.map(({ type }) => type)).toEqual(["transacted", "transacted", "unavailable"]);
  });
});

test("where nobody listens a registry in etcd says so of each address, in time", async () => {
  const options = etcdOptions(["127.0.0.1:1", "127.0.0.1:2"]);
  const troubles: string[] = [];
  const limits = { ...options.limits, requestTimeoutMs: 600 };
  const registry = connect({ ...options, limits }, troubles);
  registry.watch("", () => {});
  const answer = await put(registry, "a", "1");
  const reason = answer.type === "unavailable" ? answer.reason : "";
  expect(reason).toMatch(
    /^no member of etcd has answered within requestTimeoutMs 600: etcd at 127\.0\.0\.1:1: /,
  );
  expect(reason).toMatch(/etcd at 127\.0\.0\.1:2: .*ECONNREFUSED/);
  expect(new Set(troubles).size).toBe(troubles.length);
});
