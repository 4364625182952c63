import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type RegistryAnswer, micros } from "../../../src/core/index.ts";
import type { EmbeddedRegistry } from "../../../src/net/registry/embedded-registry.ts";
import { monotonicNow, until } from "../support/clock.ts";
import { openRegistry } from "../support/registry-worlds.ts";
import { EmbeddedRegistry as Registry } from "../../../src/net/registry/embedded-registry.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tauring-registry-"));
  file = path.join(folder, "deep", "registry");
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(registry: EmbeddedRegistry, key: string, value: string, lease = 0): Promise<RegistryAnswer> {
  return registry.execute({ type: "transact", compare: [], writes: [{ type: "put", key, value, lease }] });
}

async function content(registry: EmbeddedRegistry): Promise<RegistryAnswer> {
  return registry.execute({ type: "read", prefix: "" });
}

describe("the registry's file", () => {
  test("holds every answered write after a restart, with its revisions", async () => {
    const first = await openRegistry(file);
    await Promise.all(Array.from({ length: 50 }, (_, i) => put(first, `key-${i % 7}`, `value ${i}`)));
    const before = await content(first);
    await first.close();
    const second = await openRegistry(file);
    expect(await content(second)).toEqual(before);
    expect(await put(second, "more", "1")).toEqual({ type: "transacted", succeeded: true, revision: 51 });
    await second.close();
  });

  test("cut off anywhere, holds a beginning of what was written, and goes on", async () => {
    const first = await openRegistry(file);
    for (let i = 0; i < 10; i++) await put(first, "key", String(i));
    await first.close();
    const whole = readFileSync(file);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (size) => {
        writeFileSync(file, whole);
        truncateSync(file, size);
        const registry = await openRegistry(file);
        const answer = await content(registry);
        const kept = answer.type === "records" ? answer.revision : -1;
        expect(kept).toBe(whole.subarray(0, size).toString("utf8").split("\n").length - 1);
        await put(registry, "after", "1");
        await registry.close();
        const again = await openRegistry(file);
        const after = await content(again);
        expect(after.type === "records" && after.revision).toBe(kept + 1);
        await again.close();
      }),
      { seed: 11, numRuns: 60 },
    );
  });

  test("damaged in the middle is refused by name and byte, not read half", async () => {
    const first = await openRegistry(file);
    for (let i = 0; i < 3; i++) await put(first, "key", String(i));
    await first.close();
    const bytes = readFileSync(file);
    bytes[20] ^= 1;
    writeFileSync(file, bytes);
    await expect(openRegistry(file)).rejects.toThrow(/registry is damaged at byte 0/);
  });

  test("with garbage behind its last entry is read up to it", async () => {
    const first = await openRegistry(file);
    await put(first, "key", "1");
    await first.close();
    appendFileSync(file, Buffer.from([0, 255, 10, 3, 10]));
    const second = await openRegistry(file);
    expect(await content(second)).toMatchObject({ revision: 1, records: [{ key: "key", value: "1" }] });
    await second.close();
  });

  test("a lease lives on after a restart, and ends when nobody keeps it", async () => {
    const first = await openRegistry(file);
    const leased = await first.execute({ type: "grant-lease", ttlMs: 80 });
    await put(first, "leader", "1", leased.type === "leased" ? leased.lease : 0);
    await put(first, "other", "1");
    await first.close();
    const second = await openRegistry(file);
    expect(await content(second)).toMatchObject({ records: [{ key: "leader" }, { key: "other" }] });
    const seen: string[] = [];
    second.watch("", (changes) => seen.push(...changes.map((change) => change.type)));
    await until(() => seen.includes("deleted"), "the lease ends");
    await second.close();
    const third = await openRegistry(file);
    expect(await content(third)).toMatchObject({ revision: 3, records: [{ key: "other" }] });
    await third.close();
  });

  test("a lease that comes due while a request is taken ends with the next one", async () => {
    // A clock that goes on with every look at it.
    let now = 0;
    const registry = await Registry.open({
      path: undefined,
      now: () => micros((now += 400)),
      broke: () => {},
    });
    await registry.execute({ type: "grant-lease", ttlMs: 1 });
    for (let i = 0; i < 20; i++) {
      expect(await registry.execute({ type: "read", prefix: "" })).toMatchObject({ type: "records" });
    }
    await registry.close();
  });

  test("is compacted when it is large, and holds the same", async () => {
    const first = await openRegistry(file);
    const value = "x".repeat(1024 * 1024);
    for (let i = 0; i < 12; i++) await put(first, `key-${i % 2}`, value + i);
    const before = await content(first);
    await first.close();
    expect(readFileSync(file).length).toBeLessThan(8 * 1024 * 1024);
    const second = await openRegistry(file);
    expect(await content(second)).toEqual(before);
    await second.close();
  });

  test("on a full disk every answer names the file and the reason, and none says it was done", async () => {
    const broken: string[] = [];
    await expect(openRegistry("/dev/full/registry")).rejects.toThrow(/\/dev\/full/);
    const registry = await Registry.open({
      path: file,
      now: monotonicNow,
      broke: (reason) => broken.push(reason),
    });
    (registry as unknown as { file: { handle: unknown } }).file.handle = {
      write: () => Promise.reject(new Error("ENOSPC: no space left on device")),
      close: () => Promise.resolve(),
    };
    const answer = await put(registry, "key", "1");
    expect(answer).toMatchObject({ type: "unavailable" });
    expect(answer.type === "unavailable" && answer.reason).toMatch(/registry cannot be written: ENOSPC/);
    expect(await content(registry)).toMatchObject({ type: "unavailable" });
    expect(broken).toHaveLength(1);
    await registry.close();
  });
});
