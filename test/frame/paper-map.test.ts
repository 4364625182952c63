/** The map from the paper to the files of core (src/core/README.md) is whole, and leads somewhere. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { relativeLinks, root } from "./markdown-links.ts";

const page = "src/core/README.md";

test("every file that the map links to is there", () => {
  const links = relativeLinks(page);
  expect(links.length).toBeGreaterThan(50);
  expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
});

test("every file of core is on the map, by itself or by its folder", () => {
  const links = relativeLinks(page);
  const folders = links.filter(
    (link) => existsSync(join(root, link)) && statSync(join(root, link)).isDirectory(),
  );
  const files = readdirSync(join(root, "src/core"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join("src/core", name));
  expect(files.length).toBeGreaterThan(50);
  const lost = files.filter(
    (file) =>
      !links.includes(file) && !folders.some((folder) => file.startsWith(`${folder.replace(/\/$/, "")}/`)),
  );
  expect(lost).toEqual([]);
});

test("every section that the paper has of the system is on the map, with a file and a test", () => {
  const rows = readFileSync(join(root, page), "utf8")
    .split("\n")
    .filter((line) => /^\| [345]\.\d /.test(line));
  const sections = rows.map((row) => row.slice(2, 5));
  expect(sections).toEqual("3.1 3.2 3.3 3.4 3.5 3.6 4.1 4.2 4.3 4.4 4.5 4.6 5.1".split(" "));
  for (const row of rows) {
    const [, , files, tests] = row.split("|");
    expect(files, row).toContain("](");
    expect(tests, row).toContain(".test.ts)");
  }
});
