/** The pages say what is checked: each checker has its line, with its file, and each guarantee names checkers that exist. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { allCheckers } from "../../src/observe/index.ts";
import { plantedBugs } from "../../src/cli/planted/bugs.ts";

const root = join(import.meta.dirname, "../..");
const checkersFolder = join(root, "src/observe/checkers");
const ids = allCheckers(undefined).map(({ id }) => id);
const page = (name: string): string => readFileSync(join(root, "docs", name), "utf8");

test("each checker has its line in docs/checkers.md, in its order", () => {
  const rows = [...page("checkers.md").matchAll(/^\| ([A-Z]\d+) \|/gm)].map(([, id]) => id);
  expect(rows).toEqual(ids);
});

/** By id: the file that holds it. */
const homes = new Map(
  readdirSync(checkersFolder).flatMap((file) => {
    const text = readFileSync(join(checkersFolder, file), "utf8");
    return [...text.matchAll(/readonly id = "(\w+)"/g)].map(([, id]) => [id, file] as const);
  }),
);

test("each link of docs/guarantees.md leads to the file of the checkers that it names", () => {
  const links = [
    ...page("guarantees.md").matchAll(/\[([A-Z]\d+[^\]]*)\]\(\.\.\/src\/observe\/checkers\/([a-z-]+\.ts)\)/g),
  ];
  const wrong = links.flatMap(([, names, file]) =>
    namesIn(names)
      .filter((id) => homes.get(id) !== file)
      .map((id) => `${id} is in ${homes.get(id)}, not in ${file}`),
  );
  expect(links.length).toBeGreaterThan(20);
  expect(wrong).toEqual([]);
  const named = new Set(links.flatMap(([, names]) => namesIn(names)));
  expect(ids.filter((id) => !named.has(id))).toEqual([]);
});

test("each planted bug that docs/guarantees.md names is planted", () => {
  const rows = page("guarantees.md")
    .split("\n")
    .filter((line) => /^\| [GPB]\d+ \|/.test(line));
  const named = rows.flatMap((row) =>
    [...(row.split("|").at(-2) ?? "").matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  const planted = plantedBugs().map(({ name }) => name);
  expect(rows.length).toBe(18);
  expect(named.filter((name) => !planted.includes(name))).toEqual([]);
});

/** `X1 to X4, X7`: five of them. */
function namesIn(text: string): readonly string[] {
  return text.split(", ").flatMap((part) => {
    const [from, to] = part.split(" to ");
    if (to === undefined) return [from];
    const [first, last] = [Number(from.slice(1)), Number(to.slice(1))];
    return Array.from({ length: last - first + 1 }, (_, i) => `${from[0]}${first + i}`);
  });
}
