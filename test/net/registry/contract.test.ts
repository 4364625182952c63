import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { registryContract } from "../../contract/registry.ts";
import { embeddedWorld, openRegistry, servedWorld } from "../support/registry-worlds.ts";

registryContract("the embedded registry in memory", "in-process", async () =>
  embeddedWorld(await openRegistry(undefined)),
);

registryContract("the embedded registry in a file", "in-process", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tauring-registry-"));
  return embeddedWorld(await openRegistry(path.join(folder, "registry")));
});

registryContract("the embedded registry over gRPC", "connected", servedWorld);
