/** What `--registry` may say, and what is refused before anything is started. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { etcdOptions, registryArguments, type RegistryOptions } from "../../src/cli/registry.ts";
import { makeAuthority, makeCertificate } from "../../src/net/security/certificates.ts";
import type { TlsFiles } from "../../src/net/security/credentials.ts";
import { run } from "./support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-registry-options-"));
const pem = join(folder, "a.pem");
writeFileSync(pem, "");
const real: TlsFiles = {
  certPath: join(folder, "client.pem"),
  keyPath: join(folder, "client-key.pem"),
  caPath: join(folder, "ca.pem"),
};
beforeAll(async () => {
  await makeAuthority({ folder, clusterId: "test" });
  await makeCertificate({ folder, clusterId: "test" }, "client", []);
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const job = join(import.meta.dirname, "../../jobs/a9a.yaml");

describe("a registry in etcd", () => {
  test("has members, a prefix of its own, TLS, and a user whose password is in the environment", () => {
    vi.stubEnv("TAURING_REGISTRY_PASSWORD", "secret");
    const options: RegistryOptions = {
      registry: "etcd://10.0.0.1:2379,[::1]:2380/",
      registryUser: "tauring",
      registryCa: real.caPath,
      registryCert: real.certPath,
      registryKey: real.keyPath,
    };
    expect(etcdOptions(options, "a/b")).toMatchObject({
      members: ["10.0.0.1:2379", "[::1]:2380"],
      keyPrefix: "/tauring/a%2Fb/",
      tls: real,
      user: { name: "tauring", password: "secret" },
    });
  });

  test("is said to the nodes that are started, but not its password", () => {
    const args = registryArguments({ registry: "etcd://h:1", registryUser: "me", registryInsecure: true });
    expect(args).toEqual(["--registry", "etcd://h:1", "--registry-user", "me", "--registry-insecure"]);
  });

  test("is none where the registry is in a folder, or in the manager", () => {
    expect(etcdOptions({ registry: "some/folder" }, "a")).toBeUndefined();
    expect(etcdOptions({}, "a")).toBeUndefined();
  });
});

test.each([
  [["--registry", "etcd://127.0.0.1"], 'found "127.0.0.1"; expected host:port'],
  [["--registry", "etcd://127.0.0.1:1,"], 'found ""; expected host:port'],
  [["--registry", "http://127.0.0.1:1"], 'found "http://127.0.0.1:1"; expected etcd://host:port'],
  [["--registry", "folder"], 'found "folder"; expected etcd://host:port'],
  [["--registry", "etcd://10.0.0.1:1"], "give --registry-ca, or --registry-insecure"],
  [
    ["--registry", "etcd://h:1", "--registry-cert", pem],
    "--registry-cert and --registry-key are needed together",
  ],
  [
    ["--registry", "etcd://h:1", "--registry-cert", pem, "--registry-key", pem],
    "--registry-cert: give --registry-ca too",
  ],
  [["--registry", "etcd://h:1", "--registry-ca", join(folder, "none")], "--registry-ca /"],
  [["--registry", "etcd://h:1", "--registry-ca", pem], `--registry-ca ${pem}: no certificate`],
  [
    ["--registry", "etcd://h:1", "--registry-ca", real.caPath, "--registry-cert", real.caPath].concat([
      "--registry-key",
      real.keyPath,
    ]),
    `--registry-key ${real.keyPath}: this key does not belong to the certificate --registry-cert ${real.caPath}`,
  ],
  [
    ["--registry", "etcd://127.0.0.1:1", "--registry-user", "me"],
    "the password of me is expected in TAURING_REGISTRY_PASSWORD",
  ],
  [["--registry-user", "me"], "--registry-user is for --registry etcd://host:port"],
  [["--registry", "etcd://127.0.0.1:1", "--world", "sim"], "--registry is for --world grpc"],
  [
    ["--registry", "etcd://127.0.0.1:1", "--connect", "127.0.0.1:1"],
    "--registry cannot be given with --connect",
  ],
])("train %j is refused: %s", async (options, words) => {
  const { code, stderr } = await run("train", job, ...options);
  expect([code, stderr.split("\n").length]).toEqual([2, 2]);
  expect(stderr).toContain(words);
});

test("a node finds the others in etcd, and needs no --connect", async () => {
  const options = ["--registry", "etcd://127.0.0.1:1", "--connect", "127.0.0.1:1"];
  const { code, stderr } = await run("start", "--role", "server", ...options);
  expect([code, stderr]).toEqual([
    2,
    "tauring: --connect is not needed: every node finds the others in etcd\n",
  ]);
});
