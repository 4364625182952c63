/**
 * What core relies on in a registry, as a suite that every registry passes: core's model as the simulator runs it, the
 * embedded one, and the embedded one at the other end of a gRPC channel.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RegistryAnswer, RegistryChange, RegistryRequest } from "../../src/core/index.ts";

export interface RegistryWorld {
  /** Clients share one registry. */
  client(): RegistryClientUnderTest;
  /** Lets time pass until the condition holds; throws with `what` when it never does. */
  until(condition: () => boolean, what: string): Promise<void>;
  close(): Promise<void>;
}

export interface RegistryClientUnderTest {
  execute(request: Exclude<RegistryRequest, { readonly type: "watch" }>): Promise<RegistryAnswer>;
  /** `changed` gets the present records first, then each change. Returns what ends the watch. */
  watch(prefix: string, changed: (changes: readonly RegistryChange[], revision: number) => void): () => void;
}

export function registryContract(title: string, makeWorld: () => Promise<RegistryWorld>): void {
  describe(`${title} keeps the registry's contract`, () => {
    let world: RegistryWorld;
    beforeEach(async () => {
      world = await makeWorld();
    });
    afterEach(() => world.close());

    test("a record is read as it was written, with the revisions of its creation and last change", async () => {
      const client = world.client();
      expect(await put(client, "a", "1")).toEqual({ type: "transacted", succeeded: true, revision: 1 });
      expect(await put(client, "b", "2")).toEqual({ type: "transacted", succeeded: true, revision: 2 });
      expect(await put(client, "a", "3 é \u{1f600}")).toEqual({
        type: "transacted",
        succeeded: true,
        revision: 3,
      });
      expect(await client.execute({ type: "read", prefix: "a" })).toEqual({
        type: "records",
        records: [{ key: "a", value: "3 é \u{1f600}", created: 1, modified: 3, lease: 0 }],
        revision: 3,
      });
    });

    test("records are read by prefix, sorted by key", async () => {
      const client = world.client();
      for (const key of ["nodes/b", "job", "nodes/a"]) await put(client, key, key);
      const answer = await client.execute({ type: "read", prefix: "nodes/" });
      expect(answer.type === "records" && answer.records.map(({ key }) => key)).toEqual([
        "nodes/a",
        "nodes/b",
      ]);
    });

    test("of clients that compare with the same revision, one succeeds", async () => {
      const clients = [world.client(), world.client(), world.client()];
      const answers = await Promise.all(
        clients.map((client, i) =>
          client.execute({
            type: "transact",
            compare: [{ key: "term", modified: 0 }],
            writes: [{ type: "put", key: "term", value: String(i), lease: 0 }],
          }),
        ),
      );
      const succeeded = answers.map((answer) => answer.type === "transacted" && answer.succeeded);
      expect(succeeded.filter((is) => is)).toHaveLength(1);
      const read = await clients[0].execute({ type: "read", prefix: "term" });
      expect(read.type === "records" && read.records[0].value).toBe(String(succeeded.indexOf(true)));
    });

    test("a transaction does all of its writes, or none", async () => {
      const client = world.client();
      await put(client, "a", "1");
      const failed = await client.execute({
        type: "transact",
        compare: [
          { key: "a", modified: 1 },
          { key: "b", modified: 5 },
        ],
        writes: [
          { type: "put", key: "a", value: "2", lease: 0 },
          { type: "put", key: "b", value: "2", lease: 0 },
        ],
      });
      expect(failed).toEqual({ type: "transacted", succeeded: false, revision: 1 });
      const done = await client.execute({
        type: "transact",
        compare: [{ key: "a", modified: 1 }],
        writes: [
          { type: "delete", key: "a" },
          { type: "put", key: "b", value: "2", lease: 0 },
        ],
      });
      expect(done).toEqual({ type: "transacted", succeeded: true, revision: 2 });
      const read = await client.execute({ type: "read", prefix: "" });
      expect(read.type === "records" && read.records.map(({ key }) => key)).toEqual(["b"]);
    });

    test("a transaction above a limit is refused for good, and changes nothing", async () => {
      const client = world.client();
      const answer = await put(client, "k".repeat(257), "1");
      expect(answer).toEqual({
        type: "refused",
        reason: "a key of 257 characters is above keyLengthMax 256",
      });
      const read = await client.execute({ type: "read", prefix: "" });
      expect(read).toEqual({ type: "records", records: [], revision: 0 });
    });

    test("a watch begins with what there is, and sees every change of its prefix once and in order", async () => {
      const writer = world.client();
      await put(writer, "nodes/a", "0");
      await put(writer, "other", "0");
      const seen: string[] = [];
      const end = world.client().watch("nodes/", (changes) => seen.push(...changes.map(said)));
      await world.until(() => seen.length === 1, "the watch begins");
      for (let i = 1; i <= 20; i++) await put(writer, i % 2 === 0 ? "other" : "nodes/b", String(i));
      await writer.execute({ type: "transact", compare: [], writes: [{ type: "delete", key: "nodes/a" }] });
      await world.until(() => seen.at(-1) === "nodes/a gone", "the deletion is seen");
      const odd = [1, 3, 5, 7, 9, 11, 13, 15, 17, 19];
      expect(seen).toEqual(["nodes/a=0", ...odd.map((i) => `nodes/b=${i}`), "nodes/a gone"]);
      end();
    });

    test("a watch of nothing begins with nothing", async () => {
      const batches: number[] = [];
      world.client().watch("none/", (changes) => batches.push(changes.length));
      await world.until(() => batches.length === 1, "the watch begins");
      expect(batches).toEqual([0]);
    });

    test("records of a lease go when it is revoked, and watchers see it", async () => {
      const client = world.client();
      const leased = await client.execute({ type: "grant-lease", ttlMs: 60_000 });
      const lease = leased.type === "leased" ? leased.lease : 0;
      expect(lease).toBeGreaterThan(0);
      await client.execute({
        type: "transact",
        compare: [],
        writes: [{ type: "put", key: "a", value: "1", lease }],
      });
      const seen: string[] = [];
      world.client().watch("", (changes) => seen.push(...changes.map(said)));
      await world.until(() => seen.length === 1, "the watch begins");
      expect(await client.execute({ type: "revoke-lease", lease })).toEqual({ type: "revoked" });
      await world.until(() => seen.length === 2, "the record goes");
      expect(seen).toEqual(["a=1", "a gone"]);
      expect(await client.execute({ type: "keep-alive", lease })).toEqual({ type: "kept", isAlive: false });
    });

    test("records of a lease go when nobody keeps it alive, and stay while somebody does", async () => {
      const client = world.client();
      const seen: string[] = [];
      client.watch("", (changes) => seen.push(...changes.map(said)));
      const leases: number[] = [];
      for (const [key, ttlMs] of [
        ["kept", 60_000],
        ["left", 50],
      ] as const) {
        const leased = await client.execute({ type: "grant-lease", ttlMs });
        const lease = leased.type === "leased" ? leased.lease : 0;
        leases.push(lease);
        await client.execute({
          type: "transact",
          compare: [],
          writes: [{ type: "put", key, value: "1", lease }],
        });
      }
      await world.until(() => seen.includes("left gone"), "the lease that is left ends");
      expect(seen).not.toContain("kept gone");
      expect(await client.execute({ type: "keep-alive", lease: leases[0] })).toEqual({
        type: "kept",
        isAlive: true,
      });
    });
  });
}

function put(client: RegistryClientUnderTest, key: string, value: string): Promise<RegistryAnswer> {
  return client.execute({ type: "transact", compare: [], writes: [{ type: "put", key, value, lease: 0 }] });
}

function said(change: RegistryChange): string {
  return change.type === "put" ? `${change.record.key}=${change.record.value}` : `${change.key} gone`;
}
