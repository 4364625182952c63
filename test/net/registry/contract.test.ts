import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll } from "vitest";
import { registryContract } from "../../contract/registry.ts";
import { embeddedWorld, openRegistry, servedWorld } from "../support/registry-worlds.ts";

registryContract("the embedded registry in memory", "in-process", async () =>
  embeddedWorld(await openRegistry(undefined)),
);

const folder = mkdtempSync(path.join(tmpdir(), "tauring-registry-"));
afterAll(() => rmSync(folder, { recursive: true }));
let count = 0;
registryContract("the embedded registry in a file", "in-process", async () =>
  embeddedWorld(await openRegistry(path.join(folder, `registry-${count++}`))),
);

registryContract("the embedded registry over gRPC", "connected", servedWorld);
