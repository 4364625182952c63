/** A test, for vitest, that a scenario which failed does not fail any more. */
export function generatedTest(name: string, reason: string): string {
  const title = `${name}: ${reason.split("\n")[0]}`;
  return `/** Made by tauring sim shrink. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test(${JSON.stringify(title)}, { timeout: 120_000 }, () => {
  const scenario = fileURLToPath(new URL(${JSON.stringify(`./${name}.yaml`)}, import.meta.url));
  const { status, stdout, stderr } = spawnSync("npx", ["tauring", "sim", "run", scenario], { encoding: "utf8" });
  expect(\`\${stdout}\${stderr}\`).toMatch(/: pass$/m);
  expect(status).toBe(0);
});
`;
}
