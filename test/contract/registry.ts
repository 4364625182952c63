/**
 * What core relies on in a registry, as a suite that every registry passes: core's model as the simulator runs it, the
 * embedded one, the embedded one at the other end of a gRPC channel, and etcd.
 */
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RegistryAnswer, RegistryChange, RegistryRequest } from "../../src/core/index.ts";

export interface RegistryWorld {
  /** Clients share one registry, which is empty at first. */
  client(): RegistryClientUnderTest;
  /** Lets time pass until the condition holds; throws with `what` when it never does. */
  until(condition: () => boolean, what: string): Promise<void>;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
  /** Of a lease that ends in a test; of a registry in real time so long that a machine which stops for a moment is no harm. */
  readonly leaseMs: number;
  /** What is between the clients and the registry, where there is anything. */
  readonly connection?: RegistryConnection;
  close(): Promise<void>;
}

export interface RegistryConnection {
  /** Interrupts every connection and every watch; they come back by themselves, and answers too. */
  cut(): void;
  /** On the connections that there are, until they are cut, requests are done and their answers lost. */
  loseAnswers(): void;
}

export interface RegistryClientUnderTest {
  execute(request: Exclude<RegistryRequest, { readonly type: "watch" }>): Promise<RegistryAnswer>;
  /** `changed` gets the present records first, then each change. Returns what ends the watch. */
  watch(prefix: string, changed: (changes: readonly RegistryChange[], revision: number) => void): () => void;
}

/** `connected`: there is a connection between the clients and the registry. */
export function registryContract(
  title: string,
  how: "connected" | "in-process",
  makeWorld: () => Promise<RegistryWorld>,
): void {
  describe(`${title} keeps the registry's contract`, () => {
    let world: RegistryWorld;
    beforeEach(async () => {
      world = await makeWorld();
    });
    afterEach(() => world.close());
    const of = (): RegistryWorld => world;
    recordTests(of);
    transactionTests(of);
    watchTests(of);
    leaseTests(of);
    if (how === "connected") connectionTests(of);
  });
}

type Of = () => RegistryWorld;

function recordTests(of: Of): void {
  test("a record is read as it was written, with the revisions of its creation and last change", async () => {
    const client = of().client();
    const created = await written(client, "a", "1");
    const between = await written(client, "b", "2");
    const modified = await written(client, "a", "3 é \u{1f600}");
    expect([created > 0, between > created, modified > between]).toEqual([true, true, true]);
    expect(await client.execute({ type: "read", prefix: "a" })).toEqual({
      type: "records",
      records: [{ key: "a", value: "3 é \u{1f600}", created, modified, lease: 0 }],
      revision: modified,
    });
  });

  test("records are read by prefix, sorted by key", async () => {
    const client = of().client();
    for (const key of ["nodes/b", "job", "nodes/a", "nodes0"]) await written(client, key, key);
    expect((await records(client, "nodes/")).map(({ key }) => key)).toEqual(["nodes/a", "nodes/b"]);
  });

  test("a record that was deleted and written again is a new one", async () => {
    const client = of().client();
    const first = await written(client, "a", "1");
    const deleted = await transact(client, [], [{ type: "delete", key: "a" }]);
    const second = await written(client, "a", "1");
    expect(deleted).toMatchObject({ type: "transacted", succeeded: true });
    const [record] = await records(client, "a");
    expect(record).toMatchObject({ created: second, modified: second });
    expect(second).toBeGreaterThan(first);
  });

  test("many records are read whole, and a watch begins with all of them", async () => {
    const client = of().client();
    const keys = Array.from({ length: 1_500 }, (_, i) => `many/${String(i).padStart(5, "0")}`);
    for (let at = 0; at < keys.length; at += 100) {
      const page = keys.slice(at, at + 100);
      const writes = page.map((key) => ({ type: "put", key, value: key, lease: 0 }) as const);
      expect(await transact(client, [], writes)).toMatchObject({ type: "transacted", succeeded: true });
    }
    expect((await records(client, "many/")).map(({ key }) => key)).toEqual(keys);
    const seen: string[] = [];
    of()
      .client()
      .watch("", (changes) => seen.push(...changes.map(keyOf)));
    await of().until(() => seen.length > 0, "the watch begins");
    expect(seen.toSorted()).toEqual(keys);
  });
}

function transactionTests(of: Of): void {
  test("of clients that compare with the same revision, one succeeds", async () => {
    const clients = [of().client(), of().client(), of().client()];
    const answers = await Promise.all(
      clients.map((client, i) => transact(client, [{ key: "term", modified: 0 }], [put("term", String(i))])),
    );
    const succeeded = answers.map((answer) => answer.type === "transacted" && answer.succeeded);
    expect(succeeded.filter((is) => is)).toHaveLength(1);
    expect((await records(clients[0], "term"))[0].value).toBe(String(succeeded.indexOf(true)));
  });

  test("a transaction does all of its writes, or none", async () => {
    const client = of().client();
    const modified = await written(client, "a", "1");
    const both = [put("a", "2"), put("b", "2")];
    const half = [
      { key: "a", modified },
      { key: "b", modified: modified + 5 },
    ];
    const failed = await transact(client, half, both);
    expect(failed).toEqual({ type: "transacted", succeeded: false, revision: modified });
    const swap = [{ type: "delete", key: "a" } as const, put("b", "2")];
    const done = await transact(client, [{ key: "a", modified }], swap);
    const [record, ...others] = await records(client, "");
    expect([record.key, others]).toEqual(["b", []]);
    expect(done).toEqual({ type: "transacted", succeeded: true, revision: record.modified });
  });

  test.each([
    ["above a limit", [put("k".repeat(257), "1")], "a key of 257 characters is above keyLengthMax 256"],
    ["that writes a key twice", [put("a", "1"), put("a", "2")], "a transaction writes a once"],
    ["under a lease that is not alive", [put("a", "1", 12_345)], "a: lease 12345 is not alive"],
  ])("a transaction %s is refused for good, and changes nothing", async (_, writes, reason) => {
    const client = of().client();
    expect(await transact(client, [], writes)).toEqual({ type: "refused", reason });
    expect(await records(client, "")).toEqual([]);
  });

  test("writers that compare with what they read lose nothing of each other", async () => {
    const watched: string[] = [];
    of()
      .client()
      .watch("count", (changes) => watched.push(...changes.map(said)));
    const add = async (): Promise<void> => {
      const client = of().client();
      for (let done = 0; done < 8; ) {
        const [present] = await records(client, "count");
        const value = String(Number(present?.value ?? 0) + 1);
        const compare = [{ key: "count", modified: present?.modified ?? 0 }];
        const answer = await transact(client, compare, [put("count", value)]);
        expect(answer.type).toBe("transacted");
        if (answer.type === "transacted" && answer.succeeded) done++;
      }
    };
    await Promise.all([add(), add(), add()]);
    await of().until(() => watched.at(-1) === "count=24", "all is seen");
    const counts = watched.map((text) => Number(text.slice("count=".length)));
    expect(counts).toEqual(counts.map((_, i) => counts[0] + i));
  });
}

function watchTests(of: Of): void {
  test("a watch begins with what there is, and sees every change of its prefix once and in order", async () => {
    const writer = of().client();
    await written(writer, "nodes/a", "0");
    await written(writer, "other", "0");
    const seen: string[] = [];
    const end = of()
      .client()
      .watch("nodes/", (changes) => seen.push(...changes.map(said)));
    await of().until(() => seen.length === 1, "the watch begins");
    for (let i = 1; i <= 20; i++) await written(writer, i % 2 === 0 ? "other" : "nodes/b", String(i));
    await transact(writer, [], [{ type: "delete", key: "nodes/a" }]);
    await of().until(() => seen.at(-1) === "nodes/a gone", "the deletion is seen");
    const odd = [1, 3, 5, 7, 9, 11, 13, 15, 17, 19];
    expect(seen).toEqual(["nodes/a=0", ...odd.map((i) => `nodes/b=${i}`), "nodes/a gone"]);
    end();
  });

  test("a watch of nothing begins with nothing", async () => {
    const batches: number[] = [];
    of()
      .client()
      .watch("none/", (changes) => batches.push(changes.length));
    await of().until(() => batches.length === 1, "the watch begins");
    expect(batches).toEqual([0]);
  });

  test("watches that begin while others write miss nothing and see nothing twice", async () => {
    const writer = of().client();
    const seen: { readonly value: number; readonly modified: number }[][] = [];
    const bounds: number[] = [];
    for (let i = 1; i <= 40; i++) {
      if (i % 8 === 1) {
        const values: (typeof seen)[number] = [];
        const nth = seen.push(values) - 1;
        of()
          .client()
          .watch("count", (changes, revision) => {
            bounds[nth] ??= revision;
            for (const change of changes) {
              if (change.type !== "put") continue;
              values.push({ value: Number(change.record.value), modified: change.record.modified });
            }
          });
      }
      await written(writer, "count", String(i));
    }
    await of().until(
      () => seen.every((values) => values.at(-1)?.value === 40),
      "all watches have seen the last",
    );
    seen.forEach((values, nth) => {
      const [first] = values;
      expect(values.map(({ value }) => value)).toEqual(values.map((_, i) => first.value + i));
      const later = values.filter(({ modified }) => modified > bounds[nth]);
      expect(values.length - later.length, "one record is there when the watch begins, or none").toBeLessThan(
        2,
      );
    });
  });

  test("a watch that was ended hears nothing more", async () => {
    const client = of().client();
    const seen: string[] = [];
    const end = client.watch("", (changes) => seen.push(...changes.map(said)));
    await written(client, "a", "1");
    await of().until(() => seen.length === 1, "the record is seen");
    end();
    await written(client, "a", "2");
    const others: string[] = [];
    client.watch("", (changes) => others.push(...changes.map(said)));
    await of().until(() => others.length === 1, "another watch begins");
    expect(seen).toEqual(["a=1"]);
  });
}

function leaseTests(of: Of): void {
  test("records of a lease go when it is revoked, and watchers see it", async () => {
    const client = of().client();
    const lease = await leased(client, 60_000);
    expect(lease).toBeGreaterThan(0);
    await transact(client, [], [put("a", "1", lease)]);
    expect((await records(client, "a"))[0].lease).toBe(lease);
    const seen: string[] = [];
    of()
      .client()
      .watch("", (changes) => seen.push(...changes.map(said)));
    await of().until(() => seen.length === 1, "the watch begins");
    expect(await client.execute({ type: "revoke-lease", lease })).toEqual({ type: "revoked" });
    await of().until(() => seen.length === 2, "the record goes");
    expect(seen).toEqual(["a=1", "a gone"]);
    expect(await client.execute({ type: "keep-alive", lease })).toEqual({ type: "kept", isAlive: false });
    expect(await client.execute({ type: "revoke-lease", lease })).toEqual({ type: "revoked" });
  });

  test("records of a lease go when nobody keeps it alive, and stay while somebody does", async () => {
    const client = of().client();
    const seen: string[] = [];
    client.watch("", (changes) => seen.push(...changes.map(said)));
    const [kept, left] = [await leased(client, of().leaseMs), await leased(client, of().leaseMs)];
    await transact(client, [], [put("kept", "1", kept)]);
    await transact(client, [], [put("left", "1", left)]);
    for (let i = 0; i < 40 && !seen.includes("left gone"); i++) {
      expect(await client.execute({ type: "keep-alive", lease: kept })).toEqual({
        type: "kept",
        isAlive: true,
      });
      await of().pass(of().leaseMs / 5);
    }
    expect(seen).toContain("left gone");
    expect(seen).not.toContain("kept gone");
    await of().until(() => seen.includes("kept gone"), "the lease that is not kept any more ends");
    expect(await client.execute({ type: "keep-alive", lease: kept })).toEqual({
      type: "kept",
      isAlive: false,
    });
  });

  test("a lease has a time within the limits, or is refused", async () => {
    const client = of().client();
    for (const ttlMs of [0, 86_400_001]) {
      expect(await client.execute({ type: "grant-lease", ttlMs })).toEqual({
        type: "refused",
        reason: `a lease's ttlMs ${ttlMs} is an integer from 1 to 86400000`,
      });
    }
  });

  test("the fencing token, `created`, grows with every new owner, and an old owner's writes fail", async () => {
    const tokens: number[] = [];
    let old = { key: "owner", modified: 0 };
    for (let i = 0; i < 4; i++) {
      const client = of().client();
      const lease = await leased(client, 60_000);
      const taken = await transact(client, [{ key: "owner", modified: 0 }], [put("owner", String(i), lease)]);
      expect(taken).toMatchObject({ type: "transacted", succeeded: true });
      const [owner] = await records(client, "owner");
      tokens.push(owner.created);
      if (i > 0) {
        const late = await transact(client, [old], [put("work", "of an old owner")]);
        expect(late).toMatchObject({ type: "transacted", succeeded: false });
      }
      old = { key: "owner", modified: owner.modified };
      await client.execute({ type: "revoke-lease", lease });
    }
    expect(tokens).toEqual([...new Set(tokens)].toSorted((a, b) => a - b));
    expect(await records(of().client(), "work")).toEqual([]);
  });
}

function connectionTests(of: Of): void {
  test("a watch that was interrupted goes on: it misses no record's last state, and sees none twice", async () => {
    const connection = of().connection as RegistryConnection;
    const writer = of().client();
    for (const key of ["same", "changed", "gone"]) await written(writer, key, "1");
    const seen: RegistryChange[] = [];
    of()
      .client()
      .watch("", (changes) => seen.push(...changes));
    await of().until(() => seen.length === 3, "the watch begins");
    connection.cut();
    await insist(of(), writer, [put("changed", "2")]);
    await insist(of(), writer, [{ type: "delete", key: "gone" }]);
    await insist(of(), writer, [put("new", "1")]);
    connection.cut();
    await insist(of(), writer, [put("changed", "3")]);
    const last = (): string[] => lastOf(seen);
    await of().until(() => last().includes("changed=3"), "the last change is seen");
    expect(last()).toEqual(["changed=3", "gone gone", "new=1", "same=1"]);
    const news = seen.map((change) => `${said(change)} at ${modifiedOf(change)}`);
    expect(news).toEqual([...new Set(news)]);
    for (const key of ["changed", "gone", "new", "same"]) {
      const revisions = seen.filter((change) => keyOf(change) === key).map(modifiedOf);
      expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    }
  });

  test("a transaction whose answer was lost is told as unavailable, and reading says whether it was done", async () => {
    const connection = of().connection as RegistryConnection;
    const client = of().client();
    await written(client, "before", "1");
    connection.loseAnswers();
    const compare = [{ key: "term", modified: 0 }];
    expect(await transact(client, compare, [put("term", "mine")])).toMatchObject({ type: "unavailable" });
    connection.cut();
    const [found] = await insistRead(of(), client, "term");
    expect(found.value).toBe("mine");
    // Asked again it fails: whoever asks must know its own record when it sees it.
    const again = await transact(client, compare, [put("term", "mine")]);
    expect(again).toMatchObject({ type: "transacted", succeeded: false });
    const next = [{ key: "term", modified: found.modified }];
    expect(await transact(client, next, [put("term", "next")])).toMatchObject({ succeeded: true });
  });
}

type Writes = Extract<RegistryRequest, { readonly type: "transact" }>["writes"];
type Compare = Extract<RegistryRequest, { readonly type: "transact" }>["compare"];
type Records = Extract<RegistryAnswer, { readonly type: "records" }>["records"];

function put(key: string, value: string, lease = 0): Writes[number] {
  return { type: "put", key, value, lease };
}

function transact(
  client: RegistryClientUnderTest,
  compare: Compare,
  writes: Writes,
): Promise<RegistryAnswer> {
  return client.execute({ type: "transact", compare, writes });
}

/** The revision of the write. */
async function written(client: RegistryClientUnderTest, key: string, value: string): Promise<number> {
  const answer = await transact(client, [], [put(key, value)]);
  expect(answer).toMatchObject({ type: "transacted", succeeded: true });
  return answer.type === "transacted" ? answer.revision : 0;
}

async function records(client: RegistryClientUnderTest, prefix: string): Promise<Records> {
  const answer = await client.execute({ type: "read", prefix });
  expect(answer).toMatchObject({ type: "records" });
  return answer.type === "records" ? answer.records : [];
}

async function leased(client: RegistryClientUnderTest, ttlMs: number): Promise<number> {
  const answer = await client.execute({ type: "grant-lease", ttlMs });
  expect(answer).toMatchObject({ type: "leased" });
  return answer.type === "leased" ? answer.lease : 0;
}

const triesMax = 50;

/** Through connections that come back. */
async function insist(world: RegistryWorld, client: RegistryClientUnderTest, writes: Writes): Promise<void> {
  for (let i = 0; i < triesMax; i++) {
    const answer = await transact(client, [], writes);
    if (answer.type === "transacted") return;
    expect(answer).toMatchObject({ type: "unavailable" });
    await world.pass(50);
  }
  throw new Error("the registry never answers");
}

async function insistRead(
  world: RegistryWorld,
  client: RegistryClientUnderTest,
  prefix: string,
): Promise<Records> {
  for (let i = 0; i < triesMax; i++) {
    const answer = await client.execute({ type: "read", prefix });
    if (answer.type === "records") return answer.records;
    await world.pass(50);
  }
  throw new Error("the registry never answers");
}

/** What each key was last said to be, by key. */
function lastOf(changes: readonly RegistryChange[]): string[] {
  const last = new Map(changes.map((change) => [keyOf(change), said(change)]));
  return [...last.values()].toSorted();
}

function said(change: RegistryChange): string {
  return change.type === "put" ? `${change.record.key}=${change.record.value}` : `${change.key} gone`;
}

function keyOf(change: RegistryChange): string {
  return change.type === "put" ? change.record.key : change.key;
}

function modifiedOf(change: RegistryChange): number {
  return change.type === "put" ? change.record.modified : change.modified;
}
