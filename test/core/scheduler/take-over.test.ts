import { describe, expect, test } from "vitest";
import { type Message, taskTime } from "../../../src/core/index.ts";
import { SchedulerBench, twoPasses } from "./bench.ts";

const timesOf = (tasks: readonly { readonly time: number }[]): readonly number[] =>
  tasks.map(({ time }) => time);

/** The leader is in its second pass; the other follows it. */
function led(): { first: SchedulerBench; second: SchedulerBench } {
  const first = new SchedulerBench();
  first.join("scheduler-1");
  const second = new SchedulerBench({ id: "scheduler-1", registry: first.registry });
  first.ready();
  for (const time of [0, 1, 2, 3]) first.finish(time);
  return { first, second };
}

describe("a scheduler is lost", () => {
  test("one that follows leaves the term alone while the leader is a member, and waits for nothing", () => {
    const { second } = led();
    second.settle();
    expect(second.shell.factsOf("leader-elected")).toEqual([]);
    expect(second.why()).toEqual([]);
  });

  test("it takes the next term, and asks those who hold slots what they have", () => {
    const { second } = led();
    second.lose("scheduler-0");
    expect(second.shell.factsOf("leader-elected")).toMatchObject([{ term: 2 }]);
    expect(second.shell.sent.map(({ to, message }) => [to, message])).toEqual(
      ["worker-0", "worker-1"].map((worker) => [
        worker,
        { type: "frontier", term: 2, view: 1, frontier: { floor: 4, above: [] } },
      ]),
    );
    expect(second.why()).toEqual(["job trial: the shares of slots 0 (worker-0), 1 (worker-1)"]);
    expect(second.holders()).toEqual(["worker-0#1 under 1", "worker-1#1 under 1"]);
  });

  test("it goes on with the very same tasks, from the record of the pass", () => {
    const { first, second } = led();
    second.lose("scheduler-0");
    second.ready();
    const tasks = first.issuedTo("worker-0").slice(4);
    expect(timesOf(tasks)).toEqual([4, 5, 6, 7]);
    expect(second.issuedTo("worker-0")).toEqual(tasks);
    expect(JSON.parse(second.registry.get("pass")?.value ?? "")).toMatchObject({
      first: 4,
      record: { pass: 2, sum: 61 },
    });
    for (const time of [4, 5, 6, 7]) second.finish(time);
    expect(second.scheduler.outcome).toMatchObject({ objective: 61 + 141, passes: 2 });
    const progress = JSON.parse(second.registry.get("progress")?.value ?? "") as { pass: number }[];
    expect(progress.map(({ pass }) => pass)).toEqual([1, 2]);
    expect(second.scheduler.statistics().tasksFinished).toBe(8);
  });

  test("the time that it took counts from the first pass that it saw begin", () => {
    const { second } = led();
    second.settle();
    second.shell.advance(5_000_000);
    second.lose("scheduler-0");
    second.ready();
    second.shell.advance(6_000_000);
    for (const time of [4, 5, 6, 7]) second.finish(time);
    expect(second.scheduler.outcome).toMatchObject({ loadMicros: 0, trainMicros: 6_000_000 });
  });

  test("one that saw nothing begin goes on from the last progress that was told", () => {
    const first = new SchedulerBench();
    first.ready();
    first.shell.advance(3_000_000);
    for (const time of [0, 1, 2, 3]) first.finish(time);
    first.join("scheduler-0", 2);
    const again = new SchedulerBench({ registry: first.registry, incarnation: 2 });
    again.ready();
    again.shell.advance(500_000);
    for (const time of [4, 5, 6, 7]) again.finish(time);
    expect(again.scheduler.outcome).toMatchObject({ loadMicros: 0, trainMicros: 3_500_000 });
  });

  test("the same node in its next life does so too", () => {
    const { first } = led();
    first.join("scheduler-0", 2);
    const again = new SchedulerBench({ registry: first.registry, incarnation: 2 });
    expect(again.shell.factsOf("leader-elected")).toMatchObject([{ term: 2 }]);
    expect(JSON.parse(first.registry.get("term/scheduler")?.value ?? "")).toEqual({
      leader: "scheduler-0",
      incarnation: 2,
      term: 2,
    });
    again.ready();
    expect(timesOf(again.issuedTo("worker-0"))).toEqual([4, 5, 6, 7]);
  });

  test("before any pass: the schedule begins, with the slots as they are", () => {
    const first = new SchedulerBench();
    first.join("scheduler-1");
    const second = new SchedulerBench({ id: "scheduler-1", registry: first.registry });
    second.lose("scheduler-0");
    second.ready();
    expect(timesOf(second.issuedTo("worker-0"))).toEqual([0, 1, 2, 3]);
  });

  test("[G10] what the lost one still writes has no effect, and it sends nothing more", () => {
    const { first, second } = led();
    second.lose("scheduler-0");
    second.ready();
    const sent = first.shell.sent.length;
    for (const time of [4, 5, 6, 7]) first.finish(time);
    expect(first.registry.get("result")).toBeUndefined();
    expect(first.shell.sent.length).toBe(sent);
  });

  test("a schedule that would go on from another record ends the job: its tasks would be others", () => {
    const first = new SchedulerBench();
    first.ready();
    first.join("scheduler-0", 2);
    const schedule: typeof twoPasses = (job, shares) => twoPasses(job, shares, { pass: 2, sum: 1 });
    const again = new SchedulerBench({ registry: first.registry, incarnation: 2, schedule });
    again.ready();
    expect(again.shell.failures).toEqual([
      'the schedule was to go on from {"pass":1,"sum":0}, and began with {"pass":2,"sum":1}',
    ]);
  });
});

describe("every worker is lost with it", () => {
  test("the servers say how far the job is: what they apply later is what they cannot show as it was", () => {
    const { first, second } = led();
    for (const server of ["server-0", "server-1"]) first.join(server);
    second.settle();
    second.lose("scheduler-0");
    for (const worker of ["worker-0", "worker-1"]) second.join(worker, 2);
    const asked = second.shell.sentOf("frontier").map(({ to }) => to);
    expect(asked).toEqual(expect.arrayContaining(["server-0", "server-1"]));
    second.ready();
    expect(second.why()).toEqual(["job trial: server-0, server-1 to say how far the job is"]);
    const answer = (floor: number, term: number): Message => ({
      type: "frontier",
      term,
      view: 1,
      frontier: { floor: taskTime(floor), above: [] },
    });
    second.receive("server-0", answer(6, 2));
    second.receive("server-1", answer(7, 1));
    expect(second.shell.sentOf("issue")).toEqual([]);
    second.lose("server-1");
    expect(timesOf(second.issuedTo("worker-0"))).toEqual([6, 7]);
  });
});

describe("a worker is lost with it, and what it had finished was told to nobody else", () => {
  test("a task that writes and that is finished everywhere, as another worker knows, is not done again", () => {
    const { second } = led();
    second.join("worker-2");
    second.lose("scheduler-0");
    second.lose("worker-1");
    second.ready([0], 6);
    second.ready([1], 4);
    expect(timesOf(second.issuedTo("worker-2"))).toEqual([6, 7]);
    expect(second.shell.sentOf("issue").at(-1)?.message.frontier.floor).toBe(6);
  });

  test("a task that only reads is: what it returned is asked for", () => {
    const { second } = led();
    second.join("worker-2");
    second.lose("scheduler-0");
    second.lose("worker-1");
    second.ready([0], 8);
    second.ready([1], 4);
    expect(timesOf(second.issuedTo("worker-2"))).toEqual([7]);
    second.finish(7);
    expect(second.scheduler.outcome).toMatchObject({ objective: 61 + 141 });
  });
});

test("a pass that begins before all tasks of the one before have finished could not be taken over: it ends the job", () => {
  const bench = new SchedulerBench({
    schedule: function* () {
      yield { type: "issue", name: "update", argument: [], writes: [], after: "tau" };
      yield { type: "record", record: { pass: 1 } };
      throw new Error("not reached");
    },
  });
  bench.ready();
  expect(bench.shell.failures).toEqual(["a pass begins when every task before it has finished"]);
});
