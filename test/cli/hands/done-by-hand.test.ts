/** What was done by hand to a real cluster is a scenario that says the same. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { DoneByHand } from "../../../src/cli/hands/done-by-hand.ts";
import type { ClusterView } from "../../../src/observe/index.ts";
import { parseScenario } from "../../../src/sim/index.ts";
import { clusterOf } from "../../tui/fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-hands-"));
const jobPath = join(import.meta.dirname, "../../../jobs/a9a.yaml");
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The job has run for so long: it began with `elapsedMicros` of its newest line of progress. */
function viewAt(seconds: number): ClusterView {
  const view = clusterOf({ servers: 3, workers: 2 });
  const { newest } = view.convergence;
  const began = newest === null ? 0 : newest.at - newest.elapsedMicros;
  return { ...view, atMicros: began + seconds * 1e6 };
}

test("each deed is a fault at its time since the job began", () => {
  const done = new DoneByHand();
  done.add({ kind: "pause", node: "worker-1", forMicros: 2_000_000 }, viewAt(3));
  done.add({ kind: "kill", node: "server-1", restartAfterMicros: null }, viewAt(5));
  done.cameBack("server-1", viewAt(5.4).atMicros);
  done.add({ kind: "join", role: "server" }, viewAt(7));
  done.add({ kind: "drain", node: "server-0" }, viewAt(9));
  const path = join(folder, "mine.yaml");
  const view = viewAt(10);
  const saved = done.save({ path, job: { path: jobPath, options: {} }, view, addresses: ["127.0.0.1:7070"] });
  expect(saved).toMatchObject({ ok: true });
  const text = readFileSync(path, "utf8");
  expect(text).toContain("{ kind: pause, node: worker-1, at: 3000000us, for: 2000000us }");
  expect(text).toContain("{ kind: crash, node: server-1, at: 5000000us, restart: 400000us }");
  expect(text).toContain("{ kind: join, node: server-2, at: 7000000us }");
  expect(text).toContain("{ kind: leave, node: server-0, at: 9000000us }");
  const read = parseScenario(text, path);
  expect(read.ok && read.value.cluster).toMatchObject({ servers: 2, workers: 2, replicas: 1 });
  const again = done.save({ path, job: { path: jobPath, options: {} }, view, addresses: [] });
  expect(again.ok || again.reason).toMatch(/EEXIST/);
});

test("without a job, or without a deed, there is nothing to repeat", () => {
  const done = new DoneByHand();
  const view = viewAt(1);
  const path = join(folder, "none.yaml");
  expect(done.save({ path, job: undefined, view, addresses: [] })).toMatchObject({ ok: false });
  done.add({ kind: "drain", node: "server-0" }, view);
  const saved = done.save({ path, job: undefined, view, addresses: [] });
  expect(saved.ok || saved.reason).toMatch(/of which job\? :scenario \S+ JOB\.yaml/);
});
