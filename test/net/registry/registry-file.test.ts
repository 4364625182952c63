import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
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

  test("cut off at any byte holds what was answered before it, says what it dropped, and goes on", async () => {
    const first = await openRegistry(file);
    for (let i = 0; i < 6; i++) await put(first, `key-${i % 2}`, String(i));
    await first.close();
    const whole = readFileSync(file);
    for (let size = 0; size <= whole.length; size++) {
      writeFileSync(file, whole);
      truncateSync(file, size);
      const words: string[] = [];
      const registry = await openRegistry(file, (what) => words.push(what));
      const kept = whole.subarray(0, size).toString("utf8").split("\n").length - 1;
      const wholeBytes = whole.subarray(0, size).lastIndexOf("\n") + 1;
      const dropped = size - wholeBytes;
      expect(words).toEqual(
        dropped === 0 ? [] : [expect.stringContaining(`${file} ended in ${dropped} bytes`)],
      );
      expect(await content(registry), `cut at byte ${size}`).toMatchObject({ revision: kept });
      await put(registry, "after", "1");
      await registry.close();
      const again = await openRegistry(file, (what) => words.push(what));
      expect(await content(again), `again, cut at byte ${size}`).toMatchObject({ revision: kept + 1 });
      expect(words.length).toBeLessThan(2);
      await again.close();
    }
  });

  test("damaged at any byte before its last line is refused by name and place, not read half", async () => {
    const first = await openRegistry(file);
    for (let i = 0; i < 3; i++) await put(first, "key", String(i));
    await first.close();
    const whole = readFileSync(file);
    const last = whole.lastIndexOf("\n", whole.length - 2) + 1;
    for (let at = 0; at < last; at++) {
      const bytes = Buffer.from(whole);
      bytes[at] ^= 1;
      writeFileSync(file, bytes);
      // A line whose end is damaged goes on in the next one; before the last line there is nothing good behind it.
      const isLastEnd = at === last - 1;
      if (isLastEnd) continue;
      const begin = at === 0 ? 0 : whole.lastIndexOf("\n", at - 1) + 1;
      await expect(openRegistry(file), `byte ${at}`).rejects.toThrow(
        `the registry file ${file} is damaged at byte ${begin}, before good entries: restore it from a copy`,
      );
    }
  });

  test("whatever was written at once is there as a whole, or not at all", async () => {
    const first = await openRegistry(file);
    await put(first, "key", "0");
    // They wait for the same sync.
    await Promise.all(Array.from({ length: 20 }, (_, i) => put(first, "key", String(i + 1))));
    await first.close();
    const whole = readFileSync(file);
    const begins = [...whole.entries()].flatMap(([i, byte]) => (byte === 10 ? [i + 1] : []));
    expect(begins.length).toBeLessThan(21);
    // A disk that wrote only the end of the last write.
    const last = begins.at(-2) ?? 0;
    whole.fill(0, last, last + 30);
    writeFileSync(file, whole);
    const second = await openRegistry(file);
    const answer = await content(second);
    expect(answer.type === "records" && answer.revision).toBeGreaterThan(0);
    expect(answer.type === "records" && answer.revision).toBeLessThan(21);
    await second.close();
  });

  test("is as it was when a crash interrupts its replacement by a snapshot", async () => {
    const first = await openRegistry(file);
    await put(first, "key", "1");
    const before = await content(first);
    await first.close();
    writeFileSync(`${file}.new`, "half a snapsh");
    const second = await openRegistry(file);
    expect(await content(second)).toEqual(before);
    await second.close();
  });

  test("of a node that is killed (SIGKILL) while it writes holds what it had answered", async () => {
    const writer = spawn(
      process.execPath,
      [path.join(import.meta.dirname, "../support/registry-writer.mjs"), file],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let told = "";
    writer.stdout.on("data", (text: Buffer) => {
      told += text.toString();
    });
    await until(() => told.split("\n").length > 50, "the writer writes");
    const gone = new Promise((resolve) => writer.once("exit", resolve));
    writer.kill("SIGKILL");
    await gone;
    const answered = Number(told.split("\n").at(-2));
    const registry = await openRegistry(file);
    const answer = await content(registry);
    expect(answer.type === "records" && answer.revision).toBeGreaterThanOrEqual(answered);
    await registry.close();
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
    const leased = await first.execute({ type: "grant-lease", ttlMs: 2_000 });
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
      repaired: () => {},
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
      repaired: () => {},
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
