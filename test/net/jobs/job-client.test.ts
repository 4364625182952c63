import { expect, test } from "vitest";
import { JobClient } from "../../../src/net/jobs/job-client.ts";
import { jobSpec } from "../../support/jobs.ts";
import { until } from "../support/clock.ts";
import { ServedRegistry, openRegistry } from "../support/registry-worlds.ts";

test("a cluster that leaves after its job is not lost", async () => {
  const registry = await openRegistry(undefined);
  const served = await ServedRegistry.start(registry);
  const client = new JobClient({
    address: `127.0.0.1:${served.port}`,
    tls: undefined,
    clusterId: "test",
    lostAfterMs: 100,
  });
  let hasEnded = false;
  const losses: string[] = [];
  client.follow({
    progress: () => {},
    ended: () => {
      hasEnded = true;
    },
    failed: () => {},
    lost: (reason) => losses.push(reason),
  });
  const writes = [{ type: "put", key: "result", value: "{}", lease: 0 } as const];
  await registry.execute({ type: "transact", compare: [], writes });
  await until(() => hasEnded, "the end is told");
  await served.server.close();
  // A look every second, each of which waits for two.
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  expect(losses).toEqual([]);
  await client.close();
  await registry.close();
});

test("each line of progress is told once, though the record holds the newest lines only", async () => {
  const registry = await openRegistry(undefined);
  const served = await ServedRegistry.start(registry);
  const client = new JobClient({
    address: `127.0.0.1:${served.port}`,
    tls: undefined,
    clusterId: "test",
  });
  const seen: number[] = [];
  const newest = async (...passes: readonly number[]): Promise<void> => {
    const value = JSON.stringify(passes.map((pass) => ({ pass })));
    const writes = [{ type: "put", key: "progress", value, lease: 0 } as const];
    await registry.execute({ type: "transact", compare: [], writes });
    await until(() => seen.at(-1) === passes.at(-1), `pass ${passes.at(-1)} is told`);
  };
  client.follow({
    progress: ({ pass }) => seen.push(pass),
    ended: () => {},
    failed: () => {},
    lost: () => {},
  });
  await newest(1);
  await newest(1, 2);
  await newest(2, 3);
  await newest(3, 4);
  expect(seen).toEqual([1, 2, 3, 4]);
  await client.close();
  await served.server.close();
  await registry.close();
});

test("after a rollback what is done again is told again, and nothing of what is undone, whoever comes late", async () => {
  const registry = await openRegistry(undefined);
  const served = await ServedRegistry.start(registry);
  const clients: JobClient[] = [];
  const follower = (): string[] => {
    const seen: string[] = [];
    const client = new JobClient({ address: `127.0.0.1:${served.port}`, tls: undefined, clusterId: "test" });
    clients.push(client);
    client.follow({
      progress: ({ pass, elapsedMicros }) => seen.push(`${pass} at ${elapsedMicros}`),
      rolledBack: ({ lineage }) => seen.push(`lineage ${lineage}`),
      ended: () => seen.push("ended"),
      failed: () => {},
      lost: () => {},
    });
    return seen;
  };
  const put = async (key: string, value: unknown): Promise<void> => {
    const writes = [{ type: "put", key, value: JSON.stringify(value), lease: 0 } as const];
    await registry.execute({ type: "transact", compare: [], writes });
  };
  const lines = (...all: readonly (readonly [number, number])[]): unknown =>
    all.map(([pass, elapsedMicros]) => ({ pass, elapsedMicros }));
  const early = follower();
  await put("progress", lines([1, 10], [2, 20], [3, 30]));
  await until(() => early.length === 3, "three passes are told");
  await put("lineage", { lineage: 2, view: 5, checkpoint: "000001-task-3-c-1-1", first: 3, reason: "lost" });
  await until(() => early.length === 4, "the rollback is told");
  const late = follower();
  await until(() => late.length === 1, "the rollback is told to one who comes late");
  await put("progress", lines([1, 10], [2, 41], [3, 52]));
  await put("result", {});
  await until(() => early.at(-1) === "ended" && late.at(-1) === "ended", "the end is told to both");
  expect(early).toEqual(["1 at 10", "2 at 20", "3 at 30", "lineage 2", "2 at 41", "3 at 52", "ended"]);
  expect(late).toEqual(["lineage 2", "1 at 10", "2 at 41", "3 at 52", "ended"]);
  for (const client of clients) await client.close();
  await served.server.close();
  await registry.close();
});

test("a job whose answer is lost is submitted once; another finds the cluster taken", async () => {
  const registry = await openRegistry(undefined);
  let isFirst = true;
  const served = await ServedRegistry.start({
    execute: (request) => {
      const answer = registry.execute(request);
      if (!isFirst) return answer;
      isFirst = false;
      return new Promise(() => {});
    },
    watch: (prefix, changed) => registry.watch(prefix, changed),
    watcherCount: 0,
    close: () => registry.close(),
  });
  const client = new JobClient({ address: `127.0.0.1:${served.port}`, tls: undefined, clusterId: "test" });
  expect(await client.submit(jobSpec({ name: "mine" }))).toBeUndefined();
  expect(await client.submit(jobSpec({ name: "other" }))).toContain("has a job already");
  await client.close();
  await served.server.close();
  await registry.close();
});

test("an outcome that nobody has is not waited for without end", async () => {
  const registry = await openRegistry(undefined);
  const served = await ServedRegistry.start(registry);
  const address = `127.0.0.1:${served.port}`;
  const client = new JobClient({ address, tls: undefined, clusterId: "test", lostAfterMs: 100 });
  await expect(client.outcome()).rejects.toThrow(`nobody at ${address} knew of a scheduler within 0.1 s`);
  await client.close();
  await served.server.close();
  await registry.close();
});
