import * as grpc from "@grpc/grpc-js";
import { afterEach, describe, expect, test } from "vitest";
import { freePorts } from "../../../bench/free-ports.ts";
import type { RegistryAnswer, RegistryChange } from "../../../src/core/index.ts";
import { RecordBook } from "../../../src/core/shell/record-book.ts";
import { registryService } from "../../../src/net/proto.ts";
import type { RegistryClient, RegistryClientOptions } from "../../../src/net/registry/registry-client.ts";
import type { RegistryPort } from "../../../src/net/registry/registry-port.ts";
import { until } from "../support/clock.ts";
import { ServedRegistry, openRegistry } from "../support/registry-worlds.ts";

/** Free again for the registry that comes back to it. */
async function lastingPort(): Promise<number> {
  const [port] = await freePorts(1);
  return port;
}

let served: ServedRegistry | undefined;
let clients: RegistryClient[] = [];
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await served?.server.close();
  clients = [];
  served = undefined;
});

function connect(
  to: ServedRegistry,
  clusterId?: string,
  events: Partial<RegistryClientOptions> = {},
): RegistryClient {
  const client = to.client(clusterId, events);
  clients.push(client);
  return client;
}

function put(registry: Pick<RegistryPort, "execute">, key: string, value: string): Promise<RegistryAnswer> {
  return registry.execute({ type: "transact", compare: [], writes: [{ type: "put", key, value, lease: 0 }] });
}

function remove(registry: RegistryPort, key: string): Promise<RegistryAnswer> {
  return registry.execute({ type: "transact", compare: [], writes: [{ type: "delete", key }] });
}

describe("a registry's client", () => {
  test("goes on with the difference after its registry was away", async () => {
    const registry = await openRegistry(undefined);
    served = await ServedRegistry.start(registry, await lastingPort());
    const seen: string[] = [];
    const client = connect(served);
    client.watch("", (changes: readonly RegistryChange[]) => {
      for (const change of changes) {
        seen.push(
          change.type === "put" ? `${change.record.key}=${change.record.value}` : `${change.key} gone`,
        );
      }
    });
    await put(client, "same", "1");
    await put(client, "changed", "1");
    await put(client, "gone", "1");
    await until(() => seen.length === 3, "the first records are seen");
    const { port } = served;
    await served.server.close();
    await put(registry, "changed", "2");
    await put(registry, "new", "1");
    await remove(registry, "gone");
    served = await ServedRegistry.start(registry, port);
    await until(() => seen.length === 6, "the difference is seen");
    expect(seen.slice(3)).toEqual(["changed=2", "new=1", "gone gone"]);
    await put(client, "later", "1");
    await until(() => seen.length === 7, "later changes are seen");
    expect(seen.at(-1)).toBe("later=1");
  });

  test("tells of a deletion that it missed as something newer than the record", async () => {
    const registry = await openRegistry(undefined);
    served = await ServedRegistry.start(registry, await lastingPort());
    const book = new RecordBook();
    const client = connect(served);
    client.watch("", (changes) => {
      for (const change of changes) if (book.isNews(change)) book.apply(change);
    });
    await put(client, "gone", "1");
    await until(() => book.records.has("gone"), "the record is seen");
    const { port } = served;
    await served.server.close();
    await remove(registry, "gone");
    served = await ServedRegistry.start(registry, port);
    await until(() => !book.records.has("gone"), "the deletion is believed");
    expect(book.revision).toBe(2);
  });

  test("says once why nobody answers, while its watch goes on waiting, and again after it was heard", async () => {
    const registry = await openRegistry(undefined);
    const first = await ServedRegistry.start(registry, await lastingPort());
    await first.server.close();
    const troubles: string[] = [];
    const troubled = (reason: string): void => void troubles.push(reason);
    const client = connect(first, "test", { requestTimeoutMs: 50, troubled });
    let heardCount = 0;
    client.watch("", () => heardCount++);
    await until(() => troubles.length > 0, "the trouble is told");
    expect(troubles[0]).toMatch(/^the registry at 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(new Set(troubles).size).toBe(troubles.length);
    const toldCount = troubles.length;
    served = await ServedRegistry.start(registry, first.port);
    await until(() => heardCount > 0, "the watch begins");
    await served.server.close();
    await until(() => troubles.length > toldCount, "the loss is told");
  });

  test.each(["FAILED_PRECONDITION", "PERMISSION_DENIED", "UNAUTHENTICATED"] as const)(
    "gives up where the registry says %s, whether it asks or watches",
    async (code) => {
      const refuse = { code: grpc.status[code], details: "not you" };
      served = await ServedRegistry.refusing(refuse);
      const refusals: string[] = [];
      const client = connect(served, "test", { refused: (reason) => refusals.push(reason) });
      await put(client, "a", "1");
      expect(refusals).toEqual([`the registry at 127.0.0.1:${served.port}: not you`]);
      client.watch("", () => {});
      await until(() => refusals.length === 2, "the watch is refused");
      expect(refusals[1]).toBe(refusals[0]);
    },
  );

  test("answers `unavailable`, with the place and the reason, when nobody is there", async () => {
    served = await ServedRegistry.start(await openRegistry(undefined));
    const client = connect(served);
    await served.server.close();
    const answer = await put(client, "a", "1");
    expect(answer.type === "unavailable" && answer.reason).toContain(
      `the registry at 127.0.0.1:${served.port}`,
    );
  });

  test("waits for a registry that starts a little later", async () => {
    const first = await ServedRegistry.start(await openRegistry(undefined), await lastingPort());
    await first.server.close();
    const client = connect(first);
    const answer = put(client, "a", "1");
    await new Promise((resolve) => setTimeout(resolve, 100));
    served = await ServedRegistry.start(await openRegistry(undefined), first.port);
    expect(await answer).toEqual({ type: "transacted", succeeded: true, revision: 1 });
  });

  test("of another cluster is refused by name", async () => {
    served = await ServedRegistry.start(await openRegistry(undefined));
    const answer = await put(connect(served, "other"), "a", "1");
    expect(answer.type === "unavailable" && answer.reason).toContain('belongs to cluster "other"');
  });
});

test("a request that is empty, or of no known kind, is refused", async () => {
  served = await ServedRegistry.start(await openRegistry(undefined));
  const Client = grpc.makeClientConstructor(registryService, "Registry");
  const raw = new Client(`127.0.0.1:${served.port}`, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set("tauring-protocol", "1");
  const ask = (request: object): Promise<string> =>
    new Promise((resolve) => {
      const execute = (raw as unknown as Record<string, (...args: unknown[]) => void>).Execute.bind(raw);
      execute(request, metadata, (error: grpc.ServiceError | null) => resolve(error?.details ?? "answered"));
    });
  expect(await ask({})).toMatch(/the request is empty/);
  expect(await ask({ transact: { writes: [{}] } })).toMatch(/neither a put nor a delete/);
  expect(await ask({ read: { prefix: "" } })).toBe("answered");
  raw.close();
});
