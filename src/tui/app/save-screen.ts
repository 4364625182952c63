/** What is on the screen, as files that can be shown to others. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Done } from "../../observe/index.ts";
import { type Line, textOf } from "../text/styled.ts";
import { svgOf } from "../text/svg.ts";

const screensMax = 1000;

/** `tauring-1.txt` and `tauring-1.svg`, or the first number that is free. */
export function saveScreen(lines: readonly Line[], folder: string): Done {
  for (let number = 1; number <= screensMax; number++) {
    const base = `tauring-${number}`;
    const text = join(folder, `${base}.txt`);
    const picture = join(folder, `${base}.svg`);
    if (existsSync(text) || existsSync(picture)) continue;
    try {
      writeFileSync(text, plainText(lines), { flag: "wx" });
      writeFileSync(picture, svgOf(lines, "tauring"), { flag: "wx" });
    } catch (error) {
      return { ok: false, reason: `not saved: ${error instanceof Error ? error.message : String(error)}` };
    }
    return { ok: true, text: `saved as ${base}.txt and ${base}.svg in ${folder}` };
  }
  return { ok: false, reason: `not saved: ${folder} has tauring-1 to tauring-${screensMax} already` };
}

export function plainText(lines: readonly Line[]): string {
  return `${lines.map((line) => textOf(line).trimEnd()).join("\n")}\n`;
}
