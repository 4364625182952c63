/** Whoever follows a scenario's job through one manager after another. */
import { afterEach, expect, test, vi } from "vitest";
import { JobWatch } from "../../src/cli/real/job-watch.ts";
import { JobClient } from "../../src/net/index.ts";

afterEach(() => vi.restoreAllMocks());

test("two that want another manager at once leave one client that follows", async () => {
  const following = new Set<JobClient>();
  vi.spyOn(JobClient.prototype, "follow").mockImplementation(function (this: JobClient) {
    following.add(this);
    return () => {};
  });
  vi.spyOn(JobClient.prototype, "close").mockImplementation(async function (this: JobClient) {
    following.delete(this);
    await Promise.resolve();
  });
  const watch = new JobWatch("local", { ended: () => {}, failed: () => {} });
  watch.managerIs("manager-0", "127.0.0.1:1");
  watch.managerIs("manager-1", "127.0.0.1:2");
  watch.follow();
  await Promise.all([watch.another(), watch.another()]);
  expect(following.size).toBe(1);
  await watch.close();
  expect(following.size).toBe(0);
});
