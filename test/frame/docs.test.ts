/** The pages and the code say the same: links lead somewhere, and every option and every fact has its line. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { jobFileSchema } from "../../src/cli/job-file.ts";
import { defaultNodeOptions, type NodeOptions } from "../../src/core/index.ts";
import { defaultEtcdLimits } from "../../src/net/registry/etcd/etcd-options.ts";
import { defaultTransportLimits } from "../../src/net/transport/limits.ts";
import { defaultProcessLimits } from "../../src/net/cluster/process-limits.ts";
import { factFields } from "../../src/observe/trace/fact-fields.ts";
import { parseScenario } from "../../src/sim/index.ts";
import { relativeLinks, root } from "./markdown-links.ts";

const read = (path: string): string => readFileSync(join(root, path), "utf8");

const pages = [".", "docs", "src/core", "data"].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name)),
);

/** What stands in backticks in the first cell of the rows of tables. */
function rowNames(text: string): string[] {
  const cells = text
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.split("|")[1]);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
}

describe("links between pages", () => {
  test.each(pages)("of %s lead to files", (page) => {
    expect(relativeLinks(page).filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });
});

test("every page and test that code or a page names is there", () => {
  const sources = ["src", "test"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => join(folder, name)),
  );
  const missing = [...sources, ...pages].flatMap((file) =>
    [...read(file).matchAll(/\b(?:docs\/[a-z-]+\.md|test\/[a-z/-]+\.test\.ts)\b/g)]
      .map(([named]) => named)
      .filter((named) => !existsSync(join(root, named)))
      .map((named) => `${file} names ${named}`),
  );
  expect(sources.length).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});

test("every section of the protocol that the code cites is there", () => {
  const cited = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => [...read(join("src", name)).matchAll(/docs\/protocol\.md (\d+)(?: and (\d+))?/g)])
    .flatMap(([, first, second]) => (second === undefined ? [first] : [first, second]));
  const sections = [...read("docs/protocol.md").matchAll(/^## (\d+)\. /gm)].map(([, number]) => number);
  expect(cited.length).toBeGreaterThan(10);
  expect(cited.filter((number) => !sections.includes(number))).toEqual([]);
});

test("every field of a job file has a line in docs/jobs.md", () => {
  const named = rowNames(read("docs/jobs.md"));
  const { data, cluster, policy, options, stop, ...others } = jobFileSchema.shape;
  const inside = (prefix: string, part: { shape: object }): string[] =>
    Object.keys(part.shape).map((name) => prefix + name);
  const fields = [
    ...Object.keys(others).filter((name) => name !== "filters"),
    ...inside("data.", data),
    ...inside("cluster.", cluster.unwrap()),
    ...inside("policy.", policy.unwrap()),
    ...inside("", options.unwrap()),
    ...inside("", stop.unwrap()),
    "filters.push",
    "filters.pull",
  ];
  expect(fields.length).toBeGreaterThan(25);
  expect(fields.filter((field) => !named.includes(field))).toEqual([]);
});

test("every option of a node has a line in docs/options.md", () => {
  const named: Record<keyof Omit<NodeOptions, keyof typeof defaultNodeOptions>, true> = {
    id: true,
    clusterId: true,
    address: true,
    serverCount: true,
    workerCount: true,
  };
  const lines = rowNames(read("docs/options.md"));
  const options = [...Object.keys(defaultNodeOptions), ...Object.keys(named)];
  expect(options.filter((option) => !lines.includes(option))).toEqual([]);
});

test("every limit of a node's process has a line in docs/options.md", () => {
  const lines = rowNames(read("docs/options.md"));
  expect(Object.keys(defaultProcessLimits).filter((limit) => !lines.includes(limit))).toEqual([]);
});

test("every limit of etcd's client has a line in docs/options.md", () => {
  const lines = rowNames(read("docs/options.md"));
  expect(Object.keys(defaultEtcdLimits).filter((limit) => !lines.includes(limit))).toEqual([]);
});

test("every limit of the transport has a line in docs/transport.md", () => {
  const lines = rowNames(read("docs/transport.md"));
  expect(Object.keys(defaultTransportLimits).filter((limit) => !lines.includes(limit))).toEqual([]);
});

test("every fact has a line in docs/observations.md, and no other has", () => {
  const described = rowNames(read("docs/observations.md").split(/^## /m)[1]);
  expect([...described].sort()).toEqual(Object.keys(factFields).sort());
});

test("the example of docs/scenarios.md is a scenario", () => {
  const [, example] = /```yaml\n([\s\S]*?)```/.exec(read("docs/scenarios.md")) ?? [];
  expect(parseScenario(example, "docs/scenarios.md")).toMatchObject({ ok: true });
});
