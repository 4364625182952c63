/** `tauring cert`: what is there is not lost, and what cannot be made is said. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { run } from "./support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-cert-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("an authority and its keys are replaced with --force alone", async () => {
  const certs = join(folder, "deep", "certs");
  expect((await run("cert", certs, "--host", "127.0.0.1")).code).toBe(0);
  const before = readFileSync(join(certs, "ca-key.pem"));
  expect(await run("cert", certs)).toEqual({
    code: 2,
    stdout: "",
    stderr: `tauring: ${certs} holds ca.pem already: give another folder, or --force to replace the authority and every key in this one\n`,
  });
  expect(readFileSync(join(certs, "ca-key.pem"))).toEqual(before);
  expect((await run("cert", certs, "--force")).code).toBe(0);
  expect(readFileSync(join(certs, "ca-key.pem"))).not.toEqual(before);
});

test("a key of one's own is not replaced either", async () => {
  writeFileSync(join(folder, "client-key.pem"), "mine");
  const { code, stderr } = await run("cert", folder);
  expect(stderr).toContain(`${folder} holds client-key.pem already`);
  expect([code, readFileSync(join(folder, "client-key.pem"), "utf8")]).toEqual([2, "mine"]);
});

test.each(["a/b", "", "trial cluster", "a,b"])("the cluster's id is not %j", async (id) => {
  const { code, stderr } = await run("cert", join(folder, "never"), "--cluster", id);
  expect(stderr).toContain("Expected letters, digits, dots, dashes and underscores.");
  expect(code).toBe(2);
});

// In a process of its own: where it tries without end, nothing inside of it would end it.
test.each([
  [["cert", "/proc/x/certs"], "tauring: /proc/x: no folder can be made there (ENOENT)\n"],
  [["launch", "--record", "/proc/x"], "tauring: --record /proc/x: no folder can be made there (ENOENT)\n"],
  [
    ["launch", "--trace", "/dev/null/x"],
    "tauring: --trace /dev/null: a folder was expected, this is a file (EEXIST)\n",
  ],
  [
    ["start", "--role", "manager", "--registry", "/proc/x"],
    "tauring: manager-0 could not start: /proc/x: no folder can be made there (ENOENT)\n",
  ],
])("%j ends, and says why", (argv, said) => {
  const bin = join(import.meta.dirname, "../../bin/tauring.js");
  const options = { encoding: "utf8", timeout: 10_000, killSignal: "SIGKILL", stdio: "pipe" } as const;
  expect(() => execFileSync(process.execPath, [bin, ...argv], options)).toThrow(
    expect.objectContaining({ status: 2, stderr: said }),
  );
});
