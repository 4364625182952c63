/** TLS files that cannot be used are named with their option, before anything is started. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeAuthority, makeCertificate } from "../../src/net/security/certificates.ts";
import { run } from "./support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-tls-options-"));
const file = (name: string): string => join(folder, name);
beforeAll(async () => {
  const authority = { folder, clusterId: "test" };
  await makeAuthority(authority);
  for (const name of ["client", "worker"]) await makeCertificate(authority, name, []);
  writeFileSync(file("notes.md"), "# Notes\n");
  writeFileSync(
    file("torn.pem"),
    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const good = { cert: "client.pem", key: "client-key.pem", ca: "ca.pem" };
const job = join(import.meta.dirname, "../../jobs/a9a.yaml");
const isElsewhere = `: this key does not belong to the certificate --tls-cert ${file("client.pem")}`;

describe.each([
  ["train", ["train", job, "--connect", "127.0.0.1:1"]],
  ["start", ["start", "--role", "worker", "--connect", "127.0.0.1:1"]],
])("%s", (_name, command) => {
  test.each([
    [{ key: "worker-key.pem" }, `--tls-key ${file("worker-key.pem")}${isElsewhere}`],
    [{ cert: "notes.md" }, `--tls-cert ${file("notes.md")}: no certificate: a PEM file with`],
    [{ ca: "notes.md" }, `--tls-ca ${file("notes.md")}: no certificate`],
    [{ key: "notes.md" }, `--tls-key ${file("notes.md")}: no private key`],
    [{ key: "client.pem" }, `--tls-key ${file("client.pem")}: no private key`],
    [{ cert: "torn.pem" }, `--tls-cert ${file("torn.pem")}: cannot be used: `],
    [{ key: "torn.pem" }, `--tls-key ${file("torn.pem")}: cannot be used: `],
    [{ cert: "nope.pem" }, `--tls-cert ${file("nope.pem")}: there is no such file (ENOENT)`],
    [{ key: "." }, `--tls-key ${file(".")}: a file was expected`],
  ])("with %j", async (bad, words) => {
    const { cert, key, ca } = { ...good, ...bad };
    const files = ["--tls-cert", file(cert), "--tls-key", file(key), "--tls-ca", file(ca)];
    const { code, stderr } = await run(...command, ...files);
    expect(stderr).toContain(`tauring: ${words}`);
    expect([code, stderr.split("\n").length]).toEqual([2, 2]);
  });
});
