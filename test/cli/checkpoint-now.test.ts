/** Whoever asks for a checkpoint hears which node could not save it, and why, while it waits for the next try. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { checkpointNow } from "../../src/cli/commands/checkpoint.ts";
import { recordKeys } from "../../src/core/index.ts";
import type { RegistryPort } from "../../src/net/registry/registry-port.ts";
import { until } from "../net/support/clock.ts";
import { openRegistry, ServedRegistry } from "../net/support/registry-worlds.ts";

let registry: RegistryPort;
let served: ServedRegistry;
let said: string[];
let printed: string[];
beforeEach(async () => {
  registry = await openRegistry(undefined);
  served = await ServedRegistry.start(registry);
  [said, printed] = [[], []];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => printed.push(String(text)) > 0);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await served.server.close();
  await registry.close();
});

const ask = (waitMs = 60_000): Promise<number> =>
  checkpointNow({ connect: `127.0.0.1:${served.port}`, waitMs });

async function put(key: string, value: unknown): Promise<void> {
  const write = { type: "put", key, value: JSON.stringify(value), lease: 0 } as const;
  await registry.execute({ type: "transact", compare: [], writes: [write] });
}

/** Who asks, as the scheduler knows it. */
async function wanted(): Promise<string> {
  await until(() => said.some((text) => text.startsWith("asked")), "it is asked for");
  const answer = await registry.execute({ type: "read", prefix: recordKeys.checkpointWanted });
  const value = answer.type === "records" ? answer.records[0].value : "{}";
  return (JSON.parse(value) as { readonly id: string }).id;
}

const reasonOf = (checkpoint: string): string =>
  `server-1: EROFS: read-only file system, mkdir '/kept/${checkpoint}' (mount /kept writable)`;
const failed = (id: string, checkpoint = "000001-task-8"): Promise<void> =>
  put(recordKeys.checkpointFailed, { id, checkpoint, reason: reasonOf(checkpoint) });

test("the node that failed is named at once, and the next try is waited for", async () => {
  const code = ask();
  const id = await wanted();
  await failed("of another");
  await failed(id);
  await until(() => said.some((text) => text.includes("was not saved")), "it is said");
  await failed(id, "000001-task-16");
  const saved = { name: "000002-task-16", sequence: 2, first: 16, answers: id, older: [] };
  await put(recordKeys.checkpoint, saved);
  expect(await code).toBe(0);
  expect(printed).toEqual(["000002-task-16\n"]);
  expect(said.filter((text) => text.includes("was not saved"))).toEqual([
    `000001-task-8 was not saved: ${reasonOf("000001-task-8")}; it is tried again as the next pass begins\n`,
  ]);
});

test("a job that ends first, or a wait that is over, ends with the reason of the last try", async () => {
  const ended = ask();
  await failed(await wanted());
  await put(recordKeys.result, {});
  await expect(ended).rejects.toThrow(`the job ended without a checkpoint: ${reasonOf("000001-task-8")}`);
});
