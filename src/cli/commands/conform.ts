/** `tauring conform RECORD…`: the recorded node's events through the core again, byte for byte. */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { applications } from "../../apps/index.ts";
import { createNode } from "../../core/index.ts";
import { fileError } from "../../data/index.ts";
import { type Conformance, conform, snappyCompressor } from "../../net/index.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { print, printJson, say } from "../output.ts";

export async function conformRecords(
  paths: readonly string[],
  options: { readonly json?: boolean },
): Promise<number> {
  const results: (Conformance & { readonly file: string })[] = [];
  for (const file of paths.flatMap(recordFiles)) {
    const result = conform(file, (node) => createNode(node, { compressor: snappyCompressor, applications }));
    if (!result.ok && !result.isReadable) throw new CommandError(exitCodes.data, result.reason);
    results.push({ ...result, file });
    if (options.json === true) continue;
    if (result.ok)
      print(`same      ${result.node}: ${result.stepCount} steps, ${result.effectCount} effects`);
    else print(`DIFFERENT ${file}: ${result.reason}`);
    if (result.ok && result.isPartial) say(`${file}: cut short: it ends before ${result.node} stopped`);
  }
  const isSame = results.every(({ ok }) => ok);
  if (options.json === true)
    printJson({ schema_version: 1, verdict: isSame ? "pass" : "violated", recordings: results });
  return isSame ? exitCodes.success : exitCodes.violated;
}

function recordFiles(path: string): readonly string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
  } catch (error) {
    throw new CommandError(exitCodes.data, fileError(path, error).message);
  }
  const names = readdirSync(path).filter((name) => name.endsWith(".rec"));
  if (names.length === 0) throw new CommandError(exitCodes.data, `${path}: holds no recording (*.rec)`);
  return names.sort().map((name) => join(path, name));
}
