/** Who is not taken for want of identity is told so, and why. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { JobSpec } from "../../../src/core/index.ts";
import { JobClient } from "../../../src/net/jobs/job-client.ts";
import { EmbeddedRegistry } from "../../../src/net/registry/embedded-registry.ts";
import { serveRegistry } from "../../../src/net/registry/registry-service.ts";
import { makeAuthority, makeCertificate } from "../../../src/net/security/certificates.ts";
import type { TlsFiles } from "../../../src/net/security/credentials.ts";
import { defaultTransportLimits } from "../../../src/net/transport/limits.ts";
import { GrpcServer } from "../../../src/net/transport/server.ts";
import { monotonicNow } from "../support/clock.ts";

let folder: string;
let registry: EmbeddedRegistry;
let ours: TlsFiles;
let theirs: TlsFiles;
const servers: GrpcServer[] = [];
const address: Record<string, string> = { nobody: "127.0.0.1:1" };

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "tauring-job-tls-"));
  const authority = { folder: path.join(folder, "ours"), clusterId: "test" };
  const other = { folder: path.join(folder, "theirs"), clusterId: "test" };
  await makeAuthority(authority);
  await makeAuthority(other);
  ours = await makeCertificate(authority, "client", []);
  theirs = await makeCertificate(other, "client", []);
  registry = await EmbeddedRegistry.open({
    path: undefined,
    now: monotonicNow,
    broke: () => {},
    repaired: () => {},
  });
  const manager = await makeCertificate(authority, "manager", []);
  const server = await makeCertificate(authority, "server", []);
  for (const [name, tls] of Object.entries({ manager, server, plain: undefined })) {
    const service = serveRegistry(registry, { clusterId: "test", isTls: tls !== undefined });
    const options = { host: "127.0.0.1", port: 0, tls, limits: defaultTransportLimits, refused: () => {} };
    const served = new GrpcServer(options, [service]);
    address[name] = `127.0.0.1:${await served.listen()}`;
    servers.push(served);
  }
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await registry.close();
  rmSync(folder, { recursive: true });
});

async function submit(to: string, tls: TlsFiles | undefined, clusterId?: string) {
  const client = new JobClient({ address: address[to], tls, clusterId });
  const reason = await client.submit({ name: "job" } as JobSpec);
  await client.close();
  return { reason: reason?.replace(address[to], "ADDRESS"), isRefused: client.isRefused };
}

// Each waits for the deadline of its first request: all at once.
test.concurrent.each<
  [why: string, to: string, tls: () => TlsFiles | undefined, clusterId: string | undefined, said: RegExp]
>([
  [
    "a manager of another authority",
    "manager",
    () => ({ ...ours, caPath: theirs.caPath }),
    undefined,
    /^the certificate of ADDRESS is not signed by the authority in --tls-ca: .+ \([A-Z_]+\)$/,
  ],
  [
    "a certificate of one's own by another authority",
    "manager",
    () => ({ ...theirs, caPath: ours.caPath }),
    undefined,
    /^ADDRESS refuses the certificate in --tls-cert.*: one by the cluster's own authority would do$/,
  ],
  [
    "another cluster",
    "manager",
    () => ours,
    "other",
    /^the manager at ADDRESS: the certificate names spiffe:\/\/test\/manager, and not a manager of cluster other$/,
  ],
  [
    "a node that is no manager",
    "server",
    () => ours,
    "test",
    /names spiffe:\/\/test\/server, and not a manager/,
  ],
  [
    "no certificate",
    "manager",
    () => undefined,
    undefined,
    /^ADDRESS speaks TLS: give --tls-cert, --tls-key and/,
  ],
  ["a manager without TLS", "plain", () => ours, undefined, /^ADDRESS does not speak TLS: leave --tls-cert/],
])("%s", async (_why, to, tls, clusterId, said) => {
  const { reason, isRefused } = await submit(to, tls(), clusterId);
  expect(reason).toMatch(said);
  expect(isRefused).toBe(true);
});

test.concurrent("where nobody listens, nobody refuses", async () => {
  const { reason, isRefused } = await submit("nobody", ours);
  expect(reason).toContain("Deadline exceeded");
  expect(isRefused).toBe(false);
});

test.concurrent("who is meant is taken", async () => {
  expect(await submit("manager", ours, "test")).toEqual({ reason: undefined, isRefused: false });
});
