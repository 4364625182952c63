import { expect, test } from "vitest";
import { type ProgramStep, type ShareSpec, slot, type TaskSpec, taskTime } from "../../../src/core/index.ts";
import { HostedPrograms } from "../../../src/net/index.ts";
import type { ShareEvent } from "../../../src/net/program/programs.ts";
import { countJob, countModule, countModuleUrl } from "../support/count-cluster.ts";

const mine = slot(0);
const task: TaskSpec = {
  time: taskTime(1),
  name: "add",
  argument: [],
  slots: [mine],
  writes: [],
  after: { below: taskTime(0), tasks: [] },
  recordHash: "",
};

test.each(["inline", "thread"] as const)(
  "a slot that comes back finds its share, and a program that knows nothing of the one before (%s)",
  async (place) => {
    const { applications } = await countModule();
    const programs = new HostedPrograms({ module: countModuleUrl, applications, place });
    const job = countJob({ tasks: 1 }, 10);
    programs.setJob(job);
    const load = (source: ShareSpec["source"]): Promise<ShareEvent> =>
      new Promise((resolve) => programs.load(mine, { slot: mine, slotCount: 2, source }, resolve));
    const begin = (): Promise<ProgramStep> => {
      return new Promise((resolve) => programs.compute(mine, taskTime(1), { type: "begin", task }, resolve));
    };
    const first = await load(job.source);
    expect(first).toMatchObject({ type: "share-loaded", summary: { nonzeros: 5, loadMicros: 1 } });
    expect(await begin()).toMatchObject({ type: "requested", request: { type: "push" } });
    const stale: ProgramStep[] = [];
    void begin().then((step) => stale.push(step));
    // To read it again would fail.
    const second = await load({ isMissing: true });
    expect(second).toMatchObject({ type: "share-loaded", summary: { nonzeros: 5, loadMicros: 0 } });
    expect(await begin()).toMatchObject({ type: "requested", request: { type: "push" } });
    expect(stale).toEqual([]);
    await programs.close();
  },
);

test("a share that could not be read is read again", async () => {
  const { applications } = await countModule();
  const programs = new HostedPrograms({ module: countModuleUrl, applications, place: "auto" });
  const job = countJob({ tasks: 1 }, 10);
  programs.setJob(job);
  const load = (source: ShareSpec["source"]): Promise<ShareEvent> =>
    new Promise((resolve) => programs.load(mine, { slot: mine, slotCount: 2, source }, resolve));
  expect(await load({ isMissing: true })).toMatchObject({ type: "share-failed" });
  expect(await load(job.source)).toMatchObject({ type: "share-loaded", summary: { loadMicros: 1 } });
  await programs.close();
});
