/** Under mutual TLS whoever is of the cluster may look, and an admin alone may change who is in it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { nodeId } from "../../../src/core/index.ts";
import { AdminService } from "../../../src/net/admin/admin-service.ts";
import { KnownCluster } from "../../../src/net/admin/known-cluster.ts";
import { OwnState } from "../../../src/net/admin/own-state.ts";
import { adminService } from "../../../src/net/proto.ts";
import { makeAuthority, makeCertificate } from "../../../src/net/security/certificates.ts";
import { clientCredentials, type TlsFiles } from "../../../src/net/security/credentials.ts";
import { channelOptions } from "../../../src/net/transport/dial.ts";
import { clientMetadata } from "../../../src/net/transport/handshake.ts";
import { defaultTransportLimits } from "../../../src/net/transport/limits.ts";
import { GrpcServer } from "../../../src/net/transport/server.ts";

const names = ["manager", "scheduler", "server", "worker", "client", "admin"] as const;
/** Who may call it. A method that is not here has no policy, and fails. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  Members: names,
  Why: names,
  Leave: ["admin"],
  Decommission: ["admin"],
  Watch: names,
};

const folder: string = mkdtempSync(path.join(tmpdir(), "tauring-admin-access-"));
const files = new Map<string, TlsFiles>();
const asked: string[] = [];
let server: GrpcServer;
let address: string;

beforeAll(async () => {
  const authority = { folder, clusterId: "test" };
  await makeAuthority(authority);
  for (const name of names) files.set(name, await makeCertificate(authority, name, []));
  files.set("stranger", await makeCertificate({ folder, clusterId: "other" }, "admin-7", []));
  const admin = new AdminService(
    {
      node: nodeId("server-0"),
      state: new OwnState(nodeId("server-0"), new KnownCluster()),
      members: () => [],
      shape: () => ({
        servers: 1,
        workers: 1,
        virtualServers: 1,
        replicas: 0,
        suspectAfterMs: 1,
        registryAddress: "",
        checkpointFolder: "",
      }),
      decommission: (node) => {
        asked.push(node);
        return Promise.resolve("it stays");
      },
      why: () => [],
      leave: (reason) => {
        asked.push(reason);
        return "it stays";
      },
    },
    { clusterId: "test", isTls: true },
  );
  server = new GrpcServer(
    {
      host: "127.0.0.1",
      port: 0,
      tls: files.get("server"),
      limits: defaultTransportLimits,
      refused: () => {},
    },
    [admin.service()],
  );
  address = `127.0.0.1:${await server.listen()}`;
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** The status that the call ends with. */
function call(method: string, as: string): Promise<grpc.status> {
  const Client = grpc.makeClientConstructor(adminService, "Admin");
  const credentials = clientCredentials(files.get(as), undefined, undefined);
  const client = new Client(address, credentials, channelOptions(defaultTransportLimits));
  const request = { reason: as, drainTimeoutMs: 1, node: as };
  return new Promise((resolve) => {
    const done = (error: grpc.ServiceError | null): void => {
      client.close();
      resolve(error === null ? grpc.status.OK : error.code);
    };
    const called = client[method] as unknown as (
      ...args: readonly unknown[]
    ) => grpc.ClientReadableStream<object>;
    if (!adminService[method].responseStream) {
      called.call(client, request, clientMetadata(undefined), done);
      return;
    }
    const stream = called.call(client, {}, clientMetadata(undefined));
    stream.on("data", () => {
      stream.cancel();
      done(null);
    });
    stream.on("error", done);
  });
}

test("every method says whom it is for", () => {
  expect(Object.keys(adminService).toSorted()).toEqual(Object.keys(allowed).toSorted());
});

test.each(Object.keys(allowed))("%s", async (method) => {
  for (const name of [...names, "stranger"]) {
    const code = await call(method, name);
    // A node that stays has been asked.
    const isAllowed = code === grpc.status.OK || code === grpc.status.FAILED_PRECONDITION;
    expect([name, isAllowed]).toEqual([name, allowed[method].includes(name)]);
    if (!isAllowed) expect([name, code]).toEqual([name, grpc.status.PERMISSION_DENIED]);
  }
});

test("nobody else has reached the node", () => {
  expect([...new Set(asked)]).toEqual(["admin"]);
});
