/** Who may ask etcd, and whom a client believes: users, passwords, certificates, and members of one cluster. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RegistryAnswer } from "../../../src/core/index.ts";
import { etcdKeyPrefix } from "../../../src/net/registry/etcd/etcd-options.ts";
import { EtcdRegistry } from "../../../src/net/registry/etcd/etcd-registry.ts";
import { makeAuthority, makeCertificate } from "../../../src/net/security/certificates.ts";
import type { TlsFiles } from "../../../src/net/security/credentials.ts";
import { registryContract } from "../../contract/registry.ts";
import { until } from "../support/clock.ts";
import { describeWithEtcd, EtcdMembers } from "../support/etcd-members.ts";
import { etcdOptions, etcdWorld } from "../support/etcd-world.ts";
import { pass } from "../support/registry-worlds.ts";

const open: EtcdRegistry[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

function connect(options: ConstructorParameters<typeof EtcdRegistry>[0]): {
  readonly registry: EtcdRegistry;
  readonly refusals: string[];
  readonly troubles: string[];
} {
  const refusals: string[] = [];
  const troubles: string[] = [];
  const registry = new EtcdRegistry(options, {
    refused: (reason) => refusals.push(reason),
    troubled: (reason) => troubles.push(reason),
  });
  open.push(registry);
  return { registry, refusals, troubles };
}

function put(registry: EtcdRegistry, key: string): Promise<RegistryAnswer> {
  return registry.execute({
    type: "transact",
    compare: [],
    writes: [{ type: "put", key, value: "1", lease: 0 }],
  });
}

describeWithEtcd("etcd with users", () => {
  const user = { name: "tauring", password: "secret" };
  const root = { name: "root", password: "root" };
  let members: EtcdMembers;
  beforeAll(async () => {
    // Tokens that are not used for a second are forgotten.
    members = await EtcdMembers.start({ count: 3, args: ["--auth-token-ttl=1"] });
    await members.gateway("auth/user/add", root);
    await members.gateway("auth/user/grant", { user: "root", role: "root" });
    await members.gateway("auth/user/add", user);
    await members.gateway("auth/role/add", { name: "tauring" });
    const text = (bytes: string): string => Buffer.from(bytes).toString("base64");
    const perm = { permType: "READWRITE", key: text("/tauring/"), range_end: text("/tauring0") };
    await members.gateway("auth/role/grant", { name: "tauring", perm });
    await members.gateway("auth/user/grant", { user: "tauring", role: "tauring" });
    await members.gateway("auth/enable", {});
  });
  afterAll(() => members?.close());

  registryContract("etcd with users", "connected", () => etcdWorld(members, { user }));

  test("renews a token that etcd has forgotten: after a while, after a restart, and for a watch", async () => {
    const { registry, refusals } = connect(etcdOptions(members.addresses, { user }));
    const seen: string[] = [];
    registry.watch("", (changes) => seen.push(...changes.map(({ type }) => type)));
    expect(await put(registry, "a")).toMatchObject({ type: "transacted" });
    await pass(3_500);
    expect(await put(registry, "b")).toMatchObject({ type: "transacted" });
    for (const i of [0, 1, 2]) await members.kill(i);
    for (const i of [0, 1]) members.spawn(i);
    await members.restart(2);
    let answer: RegistryAnswer;
    do answer = await put(registry, "c");
    while (answer.type === "unavailable");
    expect(answer).toMatchObject({ type: "transacted" });
    await until(() => seen.length >= 3, "the watch goes on");
    expect(refusals).toEqual([]);
  });

  test.each([
    [
      "a wrong password",
      { ...user, password: "wrong" },
      "check --registry-user and TAURING_REGISTRY_PASSWORD",
    ],
    ["no user", undefined, "user name is empty (give --registry-user, and its password)"],
  ])("refuses %s with what to do, for requests and watches", async (_, who, words) => {
    const { registry, refusals } = connect(etcdOptions(members.addresses, { user: who }));
    expect(await put(registry, "a")).toEqual({ type: "refused", reason: expect.stringContaining(words) });
    registry.watch("", () => {});
    await until(() => refusals.length > 1, "the watch is refused");
    expect(refusals[0]).toContain(`etcd at ${members.addresses[0]}: `);
  });

  test("refuses a user records that it may not write, by what to grant", async () => {
    const { registry, refusals } = connect(etcdOptions(members.addresses, { user, keyPrefix: "/other/" }));
    const words = "permission denied (grant the user's role readwrite on the prefix";
    expect(await put(registry, "a")).toEqual({ type: "refused", reason: expect.stringContaining(words) });
    registry.watch("", () => {});
    await until(() => refusals.length > 1, "the watch is refused");
  });
});

describeWithEtcd("etcd without users", () => {
  let members: EtcdMembers;
  let others: EtcdMembers;
  beforeAll(async () => {
    members = await EtcdMembers.start({ count: 1 });
    others = await EtcdMembers.start({ count: 1 });
  });
  afterAll(async () => {
    await members?.close();
    await others?.close();
  });

  test("takes a user as nobody, and says so", async () => {
    const user = { name: "tauring", password: "secret" };
    const { registry, troubles } = connect(etcdOptions(members.addresses, { user }));
    expect(await put(registry, "a")).toMatchObject({ type: "transacted" });
    expect(troubles).toEqual([expect.stringContaining("user tauring is not asked for a password")]);
  });

  test("keeps clusters apart by their prefix, also where one id begins like another", async () => {
    const [one, two] = ["a", "a/b"].map(
      (id) => connect(etcdOptions(members.addresses, { keyPrefix: etcdKeyPrefix(id) })).registry,
    );
    await put(one, "record");
    await put(two, "other");
    expect(await one.execute({ type: "read", prefix: "" })).toMatchObject({ records: [{ key: "record" }] });
    expect(await two.execute({ type: "read", prefix: "" })).toMatchObject({ records: [{ key: "other" }] });
  });

  test("is refused where the addresses are members of two clusters", async () => {
    const { registry, refusals } = connect(etcdOptions([...members.addresses, ...others.addresses]));
    expect(await put(registry, "a")).toMatchObject({ type: "transacted" });
    await members.kill(0);
    const answer = await registry.execute({ type: "read", prefix: "" });
    expect(answer).toEqual({ type: "refused", reason: expect.stringContaining("name members of one") });
    expect(refusals).toHaveLength(1);
  });
});

describeWithEtcd("etcd with TLS", () => {
  let folder: string;
  let members: EtcdMembers;
  let client: TlsFiles;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "tauring-etcd-tls-"));
    const authority = { folder: path.join(folder, "own"), clusterId: "test" };
    await makeAuthority(authority);
    await makeAuthority({ folder: path.join(folder, "other"), clusterId: "test" });
    client = await makeCertificate(authority, "client", ["127.0.0.1"]);
    const tls = await makeCertificate(authority, "server", ["127.0.0.1"]);
    members = await EtcdMembers.start({ count: 1, tls });
  });
  afterAll(async () => {
    await members?.close();
    rmSync(folder, { recursive: true });
  });

  registryContract("etcd with TLS", "connected", () => etcdWorld(members, { tls: client }));

  const reasonOf = (answer: RegistryAnswer): string =>
    answer.type === "unavailable" ? answer.reason : answer.type;

  test("is not believed when another authority signed its certificate", async () => {
    const caPath = path.join(folder, "other", "ca.pem");
    const { registry } = connect(etcdOptions(members.addresses, { tls: { ...client, caPath } }));
    expect(reasonOf(await put(registry, "a"))).toMatch(/etcd at 127\.0\.0\.1:\d+: .*certificate/);
  });

  test("is not believed under a name that its certificate does not have", async () => {
    const addresses = members.addresses.map((address) => address.replace("127.0.0.1", "localhost"));
    const { registry } = connect(etcdOptions(addresses, { tls: client }));
    expect(reasonOf(await put(registry, "a"))).toMatch(/localhost.*does not match certificate/i);
  });

  test("does not let in a client without a certificate, or without TLS", async () => {
    const { caPath } = client;
    const nobody = connect(
      etcdOptions(members.addresses, { tls: { caPath, certPath: undefined, keyPath: undefined } }),
    );
    expect(reasonOf(await put(nobody.registry, "a"))).toContain("no member of etcd has answered");
    const plain = connect(etcdOptions(members.addresses));
    expect(reasonOf(await put(plain.registry, "a"))).toContain("no member of etcd has answered");
  });

  test("names the file that cannot be read", () => {
    const tls = { ...client, keyPath: path.join(folder, "missing.pem") };
    expect(() => new EtcdRegistry(etcdOptions(members.addresses, { tls }))).toThrow(
      /key for etcd, .*missing\.pem/,
    );
  });
});
