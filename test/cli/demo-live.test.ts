/** The demo of processes leaves nothing behind where it cannot begin. */
import { afterEach, expect, test, vi } from "vitest";
import { demoLive } from "../../src/cli/commands/demo-live.ts";
import { ThreadedWires } from "../../src/cli/demo/threaded-wires.ts";

afterEach(() => vi.restoreAllMocks());

test("without wires it fails, and signals are the process's own again", async () => {
  vi.spyOn(ThreadedWires, "open").mockRejectedValue(new Error("no thread"));
  const before = process.listenerCount("SIGTERM");
  await expect(demoLive({})).rejects.toThrow(/no thread/);
  expect(process.listenerCount("SIGTERM")).toBe(before);
});
