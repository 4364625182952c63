/** Writes to the registry in a file as fast as it can, and says each revision once it was answered. */
import { EmbeddedRegistry } from "../../../dist/net/registry/embedded-registry.js";

const now = () => Math.floor(performance.now() * 1000);
const registry = await EmbeddedRegistry.open({
  path: process.argv[2],
  now,
  broke: () => {},
  repaired: () => {},
});
for (let i = 1; ; i++) {
  const writes = [{ type: "put", key: `key-${i % 5}`, value: "x".repeat(1000), lease: 0 }];
  const answer = await registry.execute({ type: "transact", compare: [], writes });
  process.stdout.write(`${answer.revision}\n`);
}
