/** Copies of the built product with one deliberate bug each, made where Node finds the product's packages. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type * as Apps from "../../src/apps/index.ts";
import type * as Sim from "../../src/sim/index.ts";
import type { Plant } from "./plants.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folders = ["apps", "core", "data", "observe", "sim"];

export interface PatchedCore {
  readonly sim: typeof Sim;
  readonly apps: typeof Apps;
}

export async function withPlant(plant: Plant, use: (core: PatchedCore) => void): Promise<void> {
  const copy = path.join(root, "node_modules", ".cache", `tauring-planted-${process.pid}`, plant.name);
  try {
    mkdirSync(copy, { recursive: true });
    for (const folder of folders)
      cpSync(path.join(root, "dist", folder), path.join(copy, folder), { recursive: true });
    for (const { file, find, replace } of plant.edits) {
      const text = readFileSync(path.join(copy, file), "utf8");
      const count = text.split(find).length - 1;
      if (count !== 1)
        throw new Error(`${plant.name}: ${file} has ${JSON.stringify(find)} ${count} times, not once`);
      writeFileSync(
        path.join(copy, file),
        text.replace(find, () => replace),
      );
    }
    const [sim, apps] = await Promise.all(
      ["sim", "apps"].map((folder) => import(pathToFileURL(path.join(copy, folder, "index.js")).href)),
    );
    use({ sim: sim as typeof Sim, apps: apps as typeof Apps });
  } finally {
    rmSync(path.dirname(copy), { recursive: true, force: true });
  }
}
