/** Watches whose member answers everything else: one that is silent there must not be silent for ever. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RegistryChange } from "../../../src/core/index.ts";
import type { EtcdOptions } from "../../../src/net/registry/etcd/etcd-options.ts";
import { EtcdRegistry } from "../../../src/net/registry/etcd/etcd-registry.ts";
import { until } from "../support/clock.ts";
import { EtcdGateway } from "../support/etcd-gateway.ts";
import { describeWithEtcd, EtcdMembers } from "../support/etcd-members.ts";
import { etcdOptions } from "../support/etcd-world.ts";
import { pass } from "../support/registry-worlds.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).toReversed()) await each.close();
});

function textOf(change: RegistryChange): string {
  return change.type === "put" ? `${change.record.key}=${change.record.value}` : `${change.key} gone`;
}

describeWithEtcd("a watch of a registry in etcd", () => {
  let members: EtcdMembers;
  beforeAll(async () => {
    members = await EtcdMembers.start({ count: 1 });
  });
  afterAll(() => members?.close());

  function connect(options: EtcdOptions, troubles: string[] = []): EtcdRegistry {
    const registry = new EtcdRegistry(options, { troubled: (reason) => troubles.push(reason) });
    open.push(registry);
    return registry;
  }

  /** A watch through a gateway, and a writer past it. */
  async function through() {
    const gateway = await EtcdGateway.to(members.addresses[0]);
    open.push(gateway);
    const options = etcdOptions(members.addresses);
    const limits = {
      ...options.limits,
      watchProbeAfterMs: 100,
      watchProbeTimeoutMs: 1_000,
      watchCompareAfterMs: 300,
    };
    const troubles: string[] = [];
    const watcher = connect({ ...options, limits, members: [`127.0.0.1:${gateway.port}`] }, troubles);
    const writer = connect(options);
    const seen: string[] = [];
    const put = (key: string, value: string) =>
      writer.execute({ type: "transact", compare: [], writes: [{ type: "put", key, value, lease: 0 }] });
    const remove = (key: string) =>
      writer.execute({ type: "transact", compare: [], writes: [{ type: "delete", key }] });
    const watch = (): void => {
      watcher.watch("", (changes) => seen.push(...changes.map(textOf)));
    };
    return { gateway, troubles, seen, put, remove, watch };
  }

  test("that its member has begun and tells nothing is opened again, and misses nothing", async () => {
    const { gateway, troubles, seen, put, remove, watch } = await through();
    await put("a", "1");
    await put("b", "1");
    watch();
    await until(() => seen.length === 2 && gateway.watchesOpened > 0, "it has begun");
    const before = gateway.watchesOpened;
    gateway.mute = "changes";
    await put("a", "2");
    await until(() => gateway.watchesOpened > before, "it is opened again");
    await until(() => seen.includes("a=2"), "the change is read");
    await remove("b");
    await until(() => seen.includes("b gone"), "that a record is gone is read as well");
    gateway.mute = "nothing";
    await put("a", "3");
    await until(() => seen.includes("a=3"), "later changes are seen");
    expect(seen).toEqual(["a=1", "b=1", "a=2", "b gone", "a=3"]);
    expect(troubles.join("\n")).toMatch(
      /etcd at 127\.0\.0\.1:\d+: the watch has not told within watchProbeTimeoutMs 1000 what is there since revision \d+ \(it is opened again/,
    );
  });

  test("that its member never begins is opened again", async () => {
    const { gateway, troubles, seen, put, watch } = await through();
    gateway.mute = "everything";
    watch();
    await until(() => gateway.watchesOpened >= 2, "it is opened again");
    gateway.mute = "nothing";
    await put("a", "1");
    await until(() => seen.includes("a=1"), "the change is seen");
    expect(troubles.join("\n")).toContain("the watch has not begun within watchProbeTimeoutMs 1000");
  });

  test("that has nothing to tell stays open", async () => {
    const { gateway, troubles, seen, put, watch } = await through();
    await put("a", "1");
    watch();
    await until(() => seen.length === 1 && gateway.watchesOpened > 0, "it has begun");
    await pass(1_500);
    await put("a", "2");
    await until(() => seen.includes("a=2"), "the change is seen");
    expect(troubles.filter((reason) => reason.includes("the watch has not told"))).toEqual([]);
  });
});
