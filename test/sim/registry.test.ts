import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nodeId, type RegistryAnswer, type RegistryChange } from "../../src/core/index.ts";
import { Random } from "../../src/sim/world/random.ts";
import { noRegistryFaults } from "../../src/sim/world/registry-faults.ts";
import { SimulatedRegistry } from "../../src/sim/world/registry.ts";
import { registryContract } from "../contract/registry.ts";
import { SimulatedRegistryWorld } from "./support/registry-world.ts";

registryContract("the simulated registry", "connected", () => Promise.resolve(new SimulatedRegistryWorld()));

registryContract("the simulated registry that tells late", "connected", () =>
  Promise.resolve(
    new SimulatedRegistryWorld({ late: 0.5, lateBy: { kind: "uniform", low: 1_000, high: 80_000 } }),
  ),
);

function put(world: SimulatedRegistryWorld, key: string, value: string): Promise<RegistryAnswer> {
  const writes = [{ type: "put", key, value, lease: 0 }] as const;
  return world.client().execute({ type: "transact", compare: [], writes });
}

describe("the simulated registry", () => {
  test("whatever is late or lost, tells every watcher the last state of each record, and nothing twice", async () => {
    const step = fc.record({ key: fc.constantFrom("a", "b", "c"), isPut: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer(), async (steps, seed) => {
        const story = async (): Promise<SimulatedRegistryWorld> => {
          const lateBy = { kind: "exponential", mean: 20_000 } as const;
          const faults = { late: 0.3, lateBy, watchLoss: 0.3, rewatchMicros: 3_000 };
          const world = new SimulatedRegistryWorld(faults, `seed ${seed}`);
          const seen: RegistryChange[] = [];
          const client = world.client();
          client.watch("", (changes) => seen.push(...changes));
          for (const [i, { key, isPut }] of steps.entries()) {
            const write = isPut
              ? ({ type: "put", key, value: `${i}`, lease: 0 } as const)
              : ({ type: "delete", key } as const);
            await client.execute({ type: "transact", compare: [], writes: [write] });
          }
          await world.pass(10_000);
          const answer = await client.execute({ type: "read", prefix: "" });
          const there = answer.type === "records" ? answer.records : [];
          const known = new Map<string, number>();
          for (const change of seen) {
            const { key, modified } = change.type === "put" ? change.record : change;
            expect(modified).toBeGreaterThan(known.get(key) ?? 0);
            known.set(key, modified);
          }
          const last = new Map(
            seen.map((change) => [change.type === "put" ? change.record.key : change.key, change]),
          );
          const present = [...last.values()].flatMap((change) =>
            change.type === "put" ? [change.record] : [],
          );
          expect(present.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual(there);
          return world;
        };
        expect((await story()).posts).toEqual((await story()).posts);
      }),
      { seed: 5, numRuns: 60 },
    );
  });

  test("tells in the order of writes what a watch missed: whoever hears of the last one has heard of those before it", () => {
    const faults = { ...noRegistryFaults, watchLoss: 1, rewatchMicros: 3_000 };
    const registry = new SimulatedRegistry({ kind: "constant", value: 500 }, new Random("1"), faults);
    const node = nodeId("server-0");
    registry.execute(node, 1, { type: "watch", prefix: "" }, 0);
    for (const [i, key] of ["a", "b", "a"].entries()) {
      const writes = [{ type: "put", key, value: `${i}`, lease: 0 }] as const;
      registry.execute(node, 2 + i, { type: "transact", compare: [], writes }, 1_000 + i);
    }
    const told = registry.expire(5_000).map(({ content }) => content);
    const changed = (key: string, value: string): object => ({ type: "put", record: { key, value } });
    expect(told).toMatchObject([{ type: "changes", changes: [changed("b", "1"), changed("a", "2")] }]);
  });

  test("tells the writer of its own write before or after it answers it, as the seed draws", () => {
    const orderOf = (toldFirst: number, seed: string): string => {
      const delay = { kind: "constant", value: 500 } as const;
      const faults = { ...noRegistryFaults, toldFirst };
      const registry = new SimulatedRegistry(delay, new Random(seed), faults);
      const node = nodeId("server-0");
      registry.execute(node, 1, { type: "watch", prefix: "" }, 0);
      const writes = [{ type: "put", key: "a", value: "1", lease: 0 }] as const;
      const posts = registry.execute(node, 2, { type: "transact", compare: [], writes }, 1000);
      expect(posts.map(({ at }) => at)).toEqual([1500, 1500]);
      return posts.map(({ content }) => content.type).join();
    };
    expect(orderOf(0, "1")).toBe("answer,changes");
    expect(orderOf(1, "1")).toBe("changes,answer");
    const drawn = new Set(Array.from({ length: 20 }, (_, i) => orderOf(0.5, `${i}`)));
    expect(drawn.size).toBe(2);
  });

  test("in a minority does nothing and says so in time, ends no lease, and goes on afterwards", async () => {
    const minority = [{ from: 1_000_000, to: 5_000_000 }];
    const world = new SimulatedRegistryWorld({ minority, timeoutMicros: 300_000 });
    const client = world.client();
    const leased = await client.execute({ type: "grant-lease", ttlMs: 2_000 });
    const lease = leased.type === "leased" ? leased.lease : 0;
    const seen: string[] = [];
    world.client().watch("", (changes) => seen.push(...changes.map((change) => change.type)));
    const writes = [{ type: "put", key: "leader", value: "1", lease }] as const;
    await client.execute({ type: "transact", compare: [], writes });
    await world.pass(1_000);
    expect(await put(world, "lost", "1")).toEqual({
      type: "unavailable",
      reason: "the registry has not answered within 300000 us; it may have been done",
    });
    await world.pass(2_500);
    expect(seen).toEqual(["put"]);
    await world.until(() => seen.includes("deleted"), "the lease ends with the minority");
    expect(await client.execute({ type: "read", prefix: "" })).toMatchObject({ records: [], revision: 2 });
    expect(await put(world, "kept", "1")).toMatchObject({ type: "transacted", revision: 3 });
  });

  test("answers every request, whether it was lost or its answer was, and does each at most once", async () => {
    const world = new SimulatedRegistryWorld({ requestLoss: 0.3, answerLoss: 0.3, timeoutMicros: 1_000 });
    const answers: RegistryAnswer[] = [];
    for (let i = 0; i < 200; i++) answers.push(await put(world, `key-${i}`, "1"));
    const told = answers.filter(({ type }) => type === "transacted").length;
    expect(answers.filter(({ type }) => type === "unavailable")).toHaveLength(200 - told);
    let answer: RegistryAnswer;
    do answer = await world.client().execute({ type: "read", prefix: "" });
    while (answer.type !== "records");
    expect(answer.revision).toBe(answer.records.length);
    expect(answer.records.length).toBeGreaterThan(told);
    expect(answer.records.length).toBeLessThan(200);
  });
});
