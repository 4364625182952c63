/** `tauring start` by itself, as it was built. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";

const bin = join(import.meta.dirname, "../../bin/tauring.js");
let node: ChildProcess | undefined;
afterEach(() => void node?.kill("SIGKILL"));

test("a node with a channel to a process that is no local cluster says where it listens, and leaves at Ctrl-C", async () => {
  node = spawn(process.execPath, [bin, "start", "--role", "manager"], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: { ...process.env, TAURING_CHILD: undefined },
  });
  let said = "";
  const listens = new Promise<void>((resolve) => {
    node?.stderr?.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      if (said.includes("manager-0 listens at 127.0.0.1:")) resolve();
    });
  });
  await Promise.race([listens, once(node, "exit")]);
  node.kill("SIGINT");
  const [code] = (await once(node, "exit")) as [number | null];
  expect(said).toContain("manager-0 listens at 127.0.0.1:");
  expect(code).toBe(130);
});
