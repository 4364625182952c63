/** Under mutual TLS the registry and the outcome know who asks: each certificate may do what its role does. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Comparison, JobSpec, RegistryAnswer, RegistryWrite } from "../../../src/core/index.ts";
import { JobClient } from "../../../src/net/jobs/job-client.ts";
import { OutcomeKeeper, type OutcomePart } from "../../../src/net/jobs/outcome-keeper.ts";
import { readOutcome } from "../../../src/net/jobs/outcome-reader.ts";
import { jobsService } from "../../../src/net/proto.ts";
import type { EmbeddedRegistry } from "../../../src/net/registry/embedded-registry.ts";
import { RegistryClient } from "../../../src/net/registry/registry-client.ts";
import { serveRegistry } from "../../../src/net/registry/registry-service.ts";
import { makeAuthority, makeCertificate } from "../../../src/net/security/certificates.ts";
import { clientCredentials, type TlsFiles } from "../../../src/net/security/credentials.ts";
import { channelOptions } from "../../../src/net/transport/dial.ts";
import { clientMetadata } from "../../../src/net/transport/handshake.ts";
import { defaultTransportLimits } from "../../../src/net/transport/limits.ts";
import { GrpcServer } from "../../../src/net/transport/server.ts";
import { openRegistry } from "../support/registry-worlds.ts";

const names = ["manager", "scheduler", "server", "server-0", "worker", "client", "admin"] as const;
type Name = (typeof names)[number];

const folder: string = mkdtempSync(path.join(tmpdir(), "tauring-access-"));
const files = new Map<Name | "stranger", TlsFiles>();
let registry: EmbeddedRegistry;
let keeper: OutcomeKeeper;
let closes: (() => unknown)[] = [];

beforeAll(async () => {
  const authority = { folder, clusterId: "test" };
  await makeAuthority(authority);
  for (const name of names) files.set(name, await makeCertificate(authority, name, []));
  files.set("stranger", await makeCertificate({ folder, clusterId: "other" }, "manager-7", []));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  for (const close of closes.reverse()) await close();
  closes = [];
});

/** The manager's services, or those of whoever shows that certificate; its address. */
async function serve(as: Name = "manager"): Promise<string> {
  registry = await openRegistry(undefined);
  const door = { clusterId: "test", isTls: true };
  keeper = new OutcomeKeeper(true, door);
  const server = new GrpcServer(
    { host: "127.0.0.1", port: 0, tls: files.get(as), limits: defaultTransportLimits, refused: () => {} },
    [serveRegistry(registry, door), keeper.service()],
  );
  closes.push(
    () => registry.close(),
    () => server.close(),
  );
  return `127.0.0.1:${await server.listen()}`;
}

interface Asking {
  readonly registry: RegistryClient;
  readonly refusals: string[];
}

function connect(address: string, as: Name | "stranger"): Asking {
  const refusals: string[] = [];
  const client = new RegistryClient({
    address,
    credentials: clientCredentials(files.get(as), "manager", undefined),
    clusterId: undefined,
    limits: defaultTransportLimits,
    requestTimeoutMs: 2_000,
    refused: (reason) => refusals.push(reason),
  });
  closes.push(() => client.close());
  return { registry: client, refusals };
}

function put(key: string): RegistryWrite {
  return { type: "put", key, value: "{}", lease: 0 };
}

function write(
  { registry: to }: Asking,
  writes: readonly RegistryWrite[],
  compare: readonly Comparison[] = [],
): Promise<RegistryAnswer> {
  return to.execute({ type: "transact", compare, writes });
}

describe("a record of the registry is written by the role that it belongs to", () => {
  const own: readonly (readonly [Name, readonly string[]])[] = [
    ["manager", ["nodes/manager-0", "nodes/manager-1", "term/manager", "view"]],
    [
      "scheduler",
      [
        "nodes/scheduler-0",
        "term/scheduler",
        "slots",
        "pass",
        "progress",
        "checkpoint",
        "checkpoint-failed",
        "result",
      ],
    ],
    ["server", ["nodes/server-0", "nodes/server-1"]],
    ["server-0", ["nodes/server-0"]],
    ["worker", ["nodes/worker-0"]],
    ["client", ["checkpoint-wanted"]],
    ["admin", []],
  ];
  const keys = [...new Set(own.flatMap(([, records]) => records)), "nodes/boss", "else"];

  test.each(own)("%s", async (name, records) => {
    const asking = connect(await serve(), name);
    const written: string[] = [];
    for (const key of keys) {
      const answer = await write(asking, [put(key)]);
      if (answer.type === "transacted" && answer.succeeded) written.push(key);
    }
    expect(written.sort()).toEqual([...records].sort());
    expect(asking.refusals).toHaveLength(keys.length - records.length);
    const refused = keys.find((key) => !records.includes(key));
    expect(asking.refusals[0]).toMatch(/: the certificate names spiffe:\/\/test\/\S+, which may not write /);
    expect(asking.refusals[0]).toContain(`may not write ${refused}`);
  });

  test("all or nothing: one record that is another's is enough", async () => {
    const worker = connect(await serve(), "worker");
    await write(worker, [put("nodes/worker-0"), put("nodes/server-0")]);
    expect(worker.refusals.join()).toContain("may not write nodes/server-0");
    expect(await registry.execute({ type: "read", prefix: "" })).toMatchObject({ records: [] });
  });

  test.each([
    ["worker", "failure"],
    ["server", "cluster"],
    ["client", "job"],
  ] as const)("%s writes %s where there is none, and never replaces it", async (name, key) => {
    const asking = connect(await serve(), name);
    expect(await write(asking, [put(key)], [{ key, modified: 0 }])).toMatchObject({ succeeded: true });
    await write(asking, [put(key)]);
    expect(asking.refusals.join()).toContain(`may write ${key} where there is none, and not replace it`);
  });

  test("nobody deletes, or ends what another holds by a lease", async () => {
    const asking = connect(await serve(), "worker");
    await write(asking, [{ type: "delete", key: "nodes/worker-0" }]);
    await asking.registry.execute({ type: "revoke-lease", lease: 1 });
    expect(asking.refusals[0]).toContain("may not delete nodes/worker-0");
    expect(asking.refusals[1]).toContain("no node has use for a lease");
  });
});

test("every certificate of the cluster may read, and none of another", async () => {
  const address = await serve();
  for (const name of names) {
    expect(await connect(address, name).registry.execute({ type: "read", prefix: "" })).toMatchObject({
      type: "records",
    });
  }
  const stranger = connect(address, "stranger");
  await stranger.registry.execute({ type: "read", prefix: "" });
  expect(stranger.refusals.join()).toContain(
    "the certificate names spiffe://other/manager/manager-7, and not",
  );
  let seen = 0;
  stranger.registry.watch("", () => seen++);
  while (stranger.refusals.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(seen).toBe(0);
});

test("a client believes the manager, and no other node that answers at its address", async () => {
  const client = connect(await serve("worker"), "client");
  expect(await client.registry.execute({ type: "read", prefix: "" })).toMatchObject({ type: "unavailable" });
});

test("a job is submitted by a client, and by no node", async () => {
  const address = await serve();
  const submit = async (as: Name): Promise<readonly [string | undefined, boolean]> => {
    const client = new JobClient({ address, tls: files.get(as), clusterId: "test" });
    closes.push(() => client.close());
    return [await client.submit({ name: "mine" } as JobSpec), client.isRefused];
  };
  const [reason, isRefused] = await submit("worker");
  expect(reason).toContain("the certificate names spiffe://test/worker, which may not write job");
  expect(isRefused).toBe(true);
  expect(await submit("client")).toEqual([undefined, false]);
});

test("an outcome is for clients", async () => {
  const address = await serve("scheduler");
  keeper.keep({ endedBy: "counted", chosen: {} } as never);
  const fetch = (as: Name): Promise<unknown> => {
    const Client = grpc.makeClientConstructor(jobsService, "Jobs");
    const credentials = clientCredentials(files.get(as), "scheduler", "test");
    const client = new Client(address, credentials, channelOptions(defaultTransportLimits)) as unknown as {
      Outcome(request: object, metadata: grpc.Metadata): grpc.ClientReadableStream<OutcomePart>;
      close(): void;
    };
    closes.push(() => client.close());
    return readOutcome(client.Outcome({}, clientMetadata("test")));
  };
  await expect(fetch("worker")).rejects.toThrow(
    /names spiffe:\/\/test\/worker, and outcomes are for clients/,
  );
  expect(await fetch("client")).toMatchObject({ endedBy: "counted" });
});
