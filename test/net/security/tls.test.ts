/** Mutual TLS from certificates that `makeCertificate` makes, and who is refused. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { allocateFrame, nodeId, writeHead } from "../../../src/core/index.ts";
import { makeAuthority, makeCertificate } from "../../../src/net/security/certificates.ts";
import { certificateRefusal, listenRefusal } from "../../../src/net/security/credentials.ts";
import type { TlsFiles } from "../../../src/net/security/credentials.ts";
import { defaultTransportLimits } from "../../../src/net/transport/limits.ts";
import { Transport } from "../../../src/net/transport/transport.ts";
import { until } from "../support/clock.ts";
import { cutAfterMs } from "../support/raw-peer.ts";

let folder: string;
let files: Record<"server" | "worker" | "stranger" | "wrongRole" | "wrongCluster", TlsFiles>;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "tauring-tls-"));
  const authority = { folder: path.join(folder, "ours"), clusterId: "test" };
  const other = { folder: path.join(folder, "theirs"), clusterId: "test" };
  const renamed = { folder: authority.folder, clusterId: "other" };
  await makeAuthority(authority);
  await makeAuthority(other);
  files = {
    server: await makeCertificate(authority, "server-0", ["127.0.0.1", "localhost"]),
    worker: await makeCertificate(authority, "worker", []),
    stranger: await makeCertificate(other, "worker", []),
    wrongRole: await makeCertificate(authority, "client", []),
    wrongCluster: await makeCertificate(renamed, "worker-0", []),
  };
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ends {
  readonly server: Transport;
  readonly worker: Transport;
  readonly heard: string[];
  readonly troubles: string[];
  readonly port: number;
}

let ends: Ends | undefined;
afterEach(async () => {
  await Promise.all([ends?.server.close(), ends?.worker.close()]);
  ends = undefined;
});

/** A server with its certificate, and a worker that dials it with these. */
async function connect(workerFiles: TlsFiles | undefined): Promise<Ends> {
  const heard: string[] = [];
  const troubles: string[] = [];
  const limits = { ...defaultTransportLimits, prefaceTimeoutMs: 2_000 };
  const make = (name: string, tlsFiles: TlsFiles | undefined): Transport =>
    new Transport(
      {
        node: nodeId(name),
        clusterId: "test",
        host: "127.0.0.1",
        port: 0,
        advertisedHost: undefined,
        security: { tls: tlsFiles, isInsecureAllowed: false },
        limits,
        services: [],
      },
      {
        received: (from) => heard.push(from),
        connected: () => {},
        troubled: (reason) => troubles.push(`${name}: ${reason}`),
      },
    );
  const server = make("server-0", files.server);
  const worker = make("worker-0", workerFiles);
  const [address] = await Promise.all([server.listen(), worker.listen()]);
  worker.setPeer(nodeId("server-0"), address, 1);
  const frame = allocateFrame(32);
  writeHead(frame, 1, 0);
  worker.send(nodeId("server-0"), "control", frame);
  ends = { server, worker, heard, troubles, port: Number(address.split(":")[1]) };
  return ends;
}

describe("with mutual TLS", () => {
  test("nodes of the cluster hear each other, under 4 MB windows", async () => {
    const { heard, server } = await connect(files.worker);
    await until(() => heard.length === 1, "the frame arrives");
    expect(heard).toEqual(["worker-0"]);
    expect(server.windows()[0].localConnectionBytes).toBe(4 * 1024 * 1024);
    expect(server.windows()[0].localStreamBytes).toBe(4 * 1024 * 1024);
  });

  const refused: readonly (readonly [string, "stranger" | "wrongRole" | "wrongCluster"])[] = [
    ["another authority's node", "stranger"],
    ["a certificate of another role", "wrongRole"],
    ["a certificate of another cluster", "wrongCluster"],
  ];
  test.each(refused)("%s is refused", async (_what, which) => {
    const { heard, troubles } = await connect(files[which]);
    await until(() => troubles.some((text) => text.startsWith("worker-0")), "the worker is refused");
    expect(heard).toEqual([]);
    if (which === "wrongRole") {
      expect(troubles.join()).toContain("names spiffe://test/client, and not worker-0 of cluster test");
    }
    if (which === "wrongCluster") expect(troubles.join()).toContain("spiffe://other/worker/worker-0");
  });

  test("a node without a certificate is cut off, and so is one that speaks no TLS", async () => {
    const { heard, port, troubles } = await connect(undefined);
    await until(
      () => troubles.some((text) => text.includes("does not speak TLS")),
      "plain HTTP/2 is refused",
    );
    const socket = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] });
    await new Promise<void>((resolve) => {
      socket.on("error", () => {});
      socket.on("close", () => resolve());
      socket.resume();
    });
    expect(heard).toEqual([]);
  });

  test("half a ClientHello, and then silence, is cut when its time is over", async () => {
    const { port } = await connect(files.worker);
    expect(await cutAfterMs(port, Buffer.from([0x16, 3, 1, 2, 0, 1]))).toBeGreaterThan(1_900);
    expect(await cutAfterMs(port, Buffer.from([0x16, 3, 1, 0xff, 0xff, 1]))).toBeLessThan(1_900);
  });

  test("TLS below 1.2 is refused", async () => {
    const { port } = await connect(files.worker);
    const reason = await new Promise<string>((resolve) => {
      const socket = tls.connect({
        port,
        host: "127.0.0.1",
        rejectUnauthorized: false,
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "ALL:@SECLEVEL=0",
      });
      socket.on("secureConnect", () => resolve("connected"));
      socket.on("error", (error) => resolve(error.message));
      socket.on("close", () => resolve("closed"));
    });
    expect(reason).not.toBe("connected");
  });
});

test("a node listens beyond this machine only with TLS or when it was told to", () => {
  const open = { tls: undefined, isInsecureAllowed: false };
  for (const host of ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
    expect(listenRefusal(host, open)).toBeUndefined();
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "127.example.org"]) {
    expect(listenRefusal(host, open)).toContain("--tls-cert");
    expect(listenRefusal(host, { ...open, isInsecureAllowed: true })).toBeUndefined();
    expect(listenRefusal(host, { ...open, tls: files.server })).toBeUndefined();
  }
});

test("a certificate speaks for the node it names, or for any node of its role", () => {
  const named = { subjectaltname: "DNS:x, URI:spiffe://test/server/server-0" };
  expect(certificateRefusal(named, nodeId("server-0"), "test")).toBeUndefined();
  expect(certificateRefusal(named, undefined, undefined)).toBeUndefined();
  expect(certificateRefusal(named, nodeId("server-1"), "test")).toContain("not server-1 of cluster test");
  expect(certificateRefusal(named, nodeId("server-0"), "other")).toContain("cluster other");
  const role = { subjectaltname: "URI:spiffe://test/server" };
  expect(certificateRefusal(role, nodeId("server-9"), "test")).toBeUndefined();
  expect(certificateRefusal(role, nodeId("worker-9"), "test")).toContain("not worker-9");
  expect(certificateRefusal({ subjectaltname: "DNS:server-0" }, nodeId("server-0"), "test")).toContain(
    "no SAN URI",
  );
  expect(certificateRefusal(undefined, nodeId("server-0"), "test")).toContain("no SAN URI");
});

describe("files that cannot be used are named with their option", () => {
  test("a missing one, and one that is no PEM", () => {
    const bad = path.join(folder, "bad.pem");
    writeFileSync(bad, "hello");
    const make = (tlsFiles: TlsFiles) => () =>
      new Transport(
        {
          node: nodeId("server-0"),
          clusterId: "test",
          host: "127.0.0.1",
          port: 0,
          advertisedHost: undefined,
          security: { tls: tlsFiles, isInsecureAllowed: false },
          limits: defaultTransportLimits,
          services: [],
        },
        { received: () => {}, connected: () => {}, troubled: () => {} },
      );
    expect(make({ ...files.server, caPath: "/nowhere/ca.pem" })).toThrow(
      /--tls-ca \/nowhere\/ca.pem: ENOENT/,
    );
    expect(make({ ...files.server, certPath: bad })).toThrow(/--tls-cert .*bad.pem is no PEM file/);
  });

  test("openssl that is not there, and names that are none", async () => {
    const authority = { folder: path.join(folder, "ours"), clusterId: "test" };
    await expect(makeCertificate(authority, "boss-0", [])).rejects.toThrow(/"boss-0" is neither a role/);
    await expect(makeCertificate(authority, "server-0", ["a b"])).rejects.toThrow(/neither a host's name/);
    const { PATH } = process.env;
    process.env.PATH = "/nowhere";
    await expect(makeAuthority(authority)).rejects.toThrow(/openssl is not on the PATH/);
    process.env.PATH = PATH;
  });
});
