import { describe, expect, test } from "vitest";
import type { JobSpec, Message, ScheduleReply, ScheduleRequest } from "../../../src/core/index.ts";
import type { JobOutcome, NodeStatistics, Schedule } from "../../../src/core/application.ts";
import { type NodeId, slot, taskTime } from "../../../src/core/ids.ts";
import type { NodeOptions } from "../../../src/core/options.ts";
import type { View } from "../../../src/core/ring/view.ts";
import { recordHashOf } from "../../../src/core/scheduler/schedule-run.ts";
import { Scheduler } from "../../../src/core/scheduler/scheduler.ts";
import type { TaskSpec } from "../../../src/core/tasks/task.ts";
import { FakeRegistry, FakeShell, LateRegistry, RefusingRegistry } from "../../support/fake-shell.ts";
import { application, jobSpec, outcome, share } from "../../support/jobs.ts";

const view: View = {
  number: 1,
  lineage: 0,
  incarnations: { "server-0": 1, "server-1": 1 },
  segments: [{ begin: 0, holders: ["server-0" as NodeId], since: 1, filling: [] }],
};
const [zero, one] = [slot(0), slot(1)];
const nothing = { numbers: new Float64Array(0), keys: new Uint32Array(0) };

/** A schedule of requests in order, which keeps the replies that it got. */
function scripted(requests: readonly ScheduleRequest[], replies: ScheduleReply[] = []) {
  return function* (): Schedule {
    for (const request of requests) replies.push(yield request);
    return outcome;
  };
}

/** The same, and then it waits for counters that nobody gives. */
function holding(requests: readonly ScheduleRequest[], replies: ScheduleReply[] = []) {
  return scripted([...requests, { type: "statistics" }], replies);
}

function issue(after: "tau" | "all" | { tasks: number[] } = "tau", name = "update"): ScheduleRequest {
  const graph = typeof after === "string" ? after : { tasks: after.tasks.map(taskTime) };
  return { type: "issue", name, argument: [1], writes: [], after: graph };
}

function readyAt(number: number, epoch: number = 1, floor: number = 0): Message {
  return { type: "slot-ready", slot: slot(number), epoch, floor: taskTime(floor), summary: share };
}

interface Setup {
  readonly schedule: () => Schedule;
  readonly job?: Partial<JobSpec>;
  readonly options?: Partial<NodeOptions>;
  readonly registry?: FakeRegistry;
}

/** A scheduler with two workers, a view and a job, before anything has happened. */
function waiting({ schedule, job, options, registry = new FakeRegistry() }: Setup) {
  const shell = new FakeShell({ id: "scheduler-0", view, registry, options: { workerCount: 2, ...options } });
  const scheduler = new Scheduler(shell, (name) =>
    name === "trial" ? application({ schedule }) : undefined,
  );
  shell.attach(scheduler);
  scheduler.started();
  shell.records.put("job", jobSpec(job));
  for (const worker of ["worker-1", "worker-0"]) shell.records.put(`nodes/${worker}`, {});
  return { shell, scheduler };
}

/** The same with every share loaded. */
function running(setup: Setup) {
  const { shell, scheduler } = waiting(setup);
  shell.settle();
  for (const number of [0, 1]) {
    const from = `worker-${number}` as NodeId;
    scheduler.received(from, readyAt(number));
  }
  shell.settle();
  const finish = (time: number, slots: readonly number[] = [0, 1], numbers: readonly number[] = []): void => {
    for (const number of slots) {
      const result = { numbers: Float64Array.from(numbers.map((n) => n + number)), keys: new Uint32Array(0) };
      scheduler.received(`worker-${number}` as NodeId, {
        type: "finished",
        view: 0,
        slot: slot(number),
        epoch: 1,
        time: taskTime(time),
        result,
      });
    }
    shell.settle();
  };
  /** Tasks as worker-1 got them. */
  const issued = (): readonly TaskSpec[] =>
    shell
      .sentOf("issue")
      .filter(({ to }) => to === "worker-1")
      .flatMap(({ message }) => message.tasks);
  return { shell, scheduler, finish, issued };
}

const times = (tasks: readonly TaskSpec[]): readonly number[] => tasks.map(({ time }) => time);

describe("before the job runs", () => {
  test("slots go round the workers in order, under the term, once enough of them are there", () => {
    const { shell, scheduler } = waiting({
      schedule: scripted([]),
      job: { slotCount: 3 },
      options: { workerCount: 2 },
    });
    shell.settle();
    expect(shell.record("term/scheduler")?.value).toBe('{"leader":"scheduler-0","incarnation":1,"term":1}');
    expect(JSON.parse(shell.record("slots")?.value ?? "")).toEqual({
      slots: [
        { slot: 0, worker: "worker-0", incarnation: 1, epoch: 1 },
        { slot: 1, worker: "worker-1", incarnation: 1, epoch: 1 },
        { slot: 2, worker: "worker-0", incarnation: 1, epoch: 1 },
      ],
    });
    expect(shell.factsOf("job-submitted")).toMatchObject([{ name: "trial", slotCount: 3, tau: 0 }]);
    expect(shell.factsOf("slot-assigned").map(({ worker }) => worker)).toEqual([
      "worker-0",
      "worker-1",
      "worker-0",
    ]);
    expect(scheduler.why(shell.now)).toMatchObject([
      { edge: { kind: "share" }, waitsFor: /slots 0 .*, 1 .*, 2/ },
    ]);
  });

  test("it says which of term, job, view and workers it waits for", () => {
    const shell = new FakeShell({ id: "scheduler-0", options: { workerCount: 2 } });
    const scheduler = new Scheduler(shell, () => application({ schedule: scripted([]) }));
    shell.attach(scheduler);
    scheduler.started();
    const edge = () => scheduler.why(shell.now)[0]?.edge;
    expect(edge()).toEqual({ kind: "registry", key: "term/scheduler" });
    shell.settle();
    expect(edge()).toEqual({ kind: "registry", key: "job" });
    shell.records.put("job", jobSpec());
    shell.settle();
    expect(edge()).toEqual({ kind: "registry", key: "view" });
    shell.records.put("view", view);
    shell.records.put("nodes/worker-1", {});
    shell.settle();
    expect(edge()).toEqual({ kind: "members", missing: ["worker-0"] });
    shell.records.put("nodes/worker-0", {});
    shell.settle();
    expect(edge()).toEqual({ kind: "share" });
  });

  test("a second scheduler leaves the term to the first", () => {
    const registry = new FakeRegistry();
    const shells = ["scheduler-0", "scheduler-1"].map((id) => {
      const shell = new FakeShell({ id, registry, members: ["scheduler-0", "scheduler-1"] });
      const scheduler = new Scheduler(shell, () => undefined);
      shell.attach(scheduler);
      scheduler.started();
      return shell;
    });
    for (const shell of [...shells, ...shells]) shell.settle();
    expect(registry.get("term/scheduler")?.value).toBe('{"leader":"scheduler-0","incarnation":1,"term":1}');
    expect(shells.map((shell) => shell.factsOf("leader-elected").length)).toEqual([1, 0]);
  });

  test("an application that nobody knows, and one that refuses its options, end the job by name", () => {
    const unknown = waiting({ schedule: scripted([]), job: { application: "lindar" } });
    unknown.shell.settle();
    expect(unknown.shell.failures).toEqual(['application "lindar" of job trial is not known here']);
    const shell = new FakeShell({ id: "scheduler-0", view, members: ["worker-0"] });
    const refusing = {
      ...application({}),
      parameters: () => {
        throw new Error("lambda -1 is not positive");
      },
    };
    const scheduler = new Scheduler(shell, () => refusing);
    shell.attach(scheduler);
    scheduler.started();
    shell.records.put("job", jobSpec());
    shell.settle();
    expect(shell.failures).toEqual(["lambda -1 is not positive"]);
    expect(shell.record("slots")).toBeUndefined();
  });

  test("a share that another worker, or another epoch, says is loaded does not count", () => {
    const { shell, scheduler } = waiting({ schedule: holding([issue()]) });
    shell.settle();
    const ready = (from: string, number: number, epoch: number): void =>
      scheduler.received(from as NodeId, readyAt(number, epoch));
    ready("worker-0", 0, 1);
    ready("worker-0", 1, 1);
    ready("worker-1", 1, 2);
    expect(shell.sentOf("issue")).toEqual([]);
    ready("worker-1", 1, 1);
    expect(shell.sentOf("issue")).toHaveLength(2);
  });
});

describe("tasks", () => {
  test("issue returns at once with the next time; tasks go out together, with their dependencies and the frontier", () => {
    const replies: ScheduleReply[] = [];
    const { shell, issued } = running({
      schedule: holding([issue(), issue(), issue("all")], replies),
      job: { tau: 1 },
    });
    expect(replies.map((reply) => reply.type === "issued" && reply.time)).toEqual([0, 1, 2]);
    expect(shell.sentOf("issue")).toHaveLength(2);
    expect(issued()).toMatchObject([
      { time: 0, slots: [0, 1], after: { below: 0 }, argument: [1] },
      { time: 1, after: { below: 0 } },
      { time: 2, after: { below: 2 } },
    ]);
    expect(shell.factsOf("task-issued").map(({ time }) => time)).toEqual([0, 1, 2]);
  });

  test("no more than tasksAheadMax go out beyond the frontier, and the rest as it rises", () => {
    const requests = Array.from({ length: 5 }, () => issue());
    const waits: ScheduleRequest = { type: "wait", time: taskTime(4) };
    const { shell, finish, issued } = running({
      schedule: scripted([...requests, waits]),
      options: { tasksAheadMax: 2 },
    });
    expect(times(issued())).toEqual([0, 1]);
    finish(1);
    expect(times(issued())).toEqual([0, 1]);
    finish(0);
    expect(times(issued())).toEqual([0, 1, 2, 3]);
    expect(shell.factsOf("frontier-rose").map(({ floor }) => floor)).toEqual([2]);
  });

  test("the frontier goes to every worker when it rises, and not for a task that only overtook others", () => {
    const { shell, finish } = running({
      schedule: scripted([issue(), issue(), { type: "wait", time: taskTime(1) }]),
      job: { tau: 4 },
    });
    finish(1);
    expect(shell.sentOf("frontier")).toEqual([]);
    finish(0, [0]);
    expect(shell.sentOf("frontier")).toEqual([]);
    finish(0, [1]);
    expect(shell.sentOf("frontier").length + shell.sentOf("issue").length).toBe(2);
  });

  test("a task that another names is spread although the floor stays", () => {
    const { shell, finish } = running({
      schedule: scripted([
        issue(),
        issue({ tasks: [] }),
        issue({ tasks: [1] }),
        { type: "wait", time: taskTime(2) },
      ]),
      job: { tau: null },
    });
    finish(1);
    expect(shell.sentOf("frontier").map(({ message }) => message.frontier)).toEqual([
      { floor: 0, above: [1] },
      { floor: 0, above: [1] },
    ]);
  });

  test("results come in slot order when every slot has reported, whatever the order in which they did", () => {
    const replies: ScheduleReply[] = [];
    const { finish } = running({
      schedule: scripted([issue(), { type: "wait", time: taskTime(0) }], replies),
    });
    finish(0, [1], [5]);
    finish(0, [1], [9]);
    expect(replies).toHaveLength(1);
    finish(0, [0], [5]);
    const results =
      replies[1]?.type === "results" ? replies[1].results.map(({ numbers }) => [...numbers]) : [];
    expect(results).toEqual([[5], [6]]);
  });

  test("results of a task that finished long before are kept until they are asked for", () => {
    const replies: ScheduleReply[] = [];
    const requests = [
      issue(),
      issue(),
      { type: "wait", time: taskTime(1) },
      { type: "wait", time: taskTime(0) },
    ] as const;
    const { finish } = running({ schedule: scripted(requests, replies) });
    finish(0, [0, 1], [3]);
    finish(1);
    expect(replies.slice(2)).toMatchObject([
      { type: "results", results: [nothing, nothing] },
      { type: "results", results: [{ numbers: Float64Array.of(3) }, { numbers: Float64Array.of(4) }] },
    ]);
  });

  test("tau changes for the tasks issued from now on; sequential tasks before are finished first", () => {
    const requests = [
      issue(),
      issue(),
      { type: "set-tau", tau: 8 },
      issue(),
      issue(),
      issue({ tasks: [] }),
    ] as const;
    const { issued } = running({ schedule: holding(requests), job: { tau: 0 } });
    expect(issued().map(({ after }) => after)).toEqual([
      { below: 0, tasks: [] },
      { below: 1, tasks: [] },
      { below: 0, tasks: [1] },
      { below: 0, tasks: [1] },
      { below: 0, tasks: [1] },
    ]);
    const loose = running({
      schedule: holding([issue(), issue(), { type: "set-tau", tau: 0 }, issue()]),
      job: { tau: 1 },
    });
    expect(loose.issued().map(({ after }) => after.below)).toEqual([0, 0, 2]);
  });
});

describe("what else a schedule asks for", () => {
  test("a pass's record is in the registry before any of its tasks is sent, and they carry its hash", () => {
    const record = { theta: 0.5, reset: false };
    const { shell, scheduler } = waiting({ schedule: holding([{ type: "record", record }, issue()]) });
    shell.settle();
    for (const number of [0, 1]) {
      const from = `worker-${number}` as NodeId;
      scheduler.received(from, readyAt(number));
    }
    expect(shell.sentOf("issue")).toEqual([]);
    expect(scheduler.why(shell.now)[0]?.edge).toEqual({ kind: "registry", key: "pass" });
    shell.settle();
    const hash = recordHashOf(record);
    expect(JSON.parse(shell.record("pass")?.value ?? "")).toEqual({ hash, first: 0, tau: 0, record });
    expect(shell.sentOf("issue")[0]?.message.tasks[0]?.recordHash).toBe(hash);
    expect(recordHashOf({ reset: false, theta: 0.5 })).toBe(hash);
    expect(recordHashOf({ reset: true, theta: 0.5 })).not.toBe(hash);
  });

  test("statistics are asked of every node, itself included, and given when all have answered", () => {
    const replies: ScheduleReply[] = [];
    const { shell, scheduler } = running({ schedule: scripted([{ type: "statistics" }], replies) });
    const asked = shell.sentOf("report").map(({ to }) => to);
    expect(asked).toEqual(["worker-0", "worker-1", "scheduler-0"]);
    const reported = (node: string, id: number): void => {
      const statistics: NodeStatistics = {
        node,
        sentBytes: 1,
        unfilteredBytes: 1,
        savedBytes: [],
        sentFrames: 1,
        resentFrames: 0,
        slots: [],
        tasksFinished: 0,
      };
      scheduler.received(node as NodeId, { type: "reported", id, statistics });
    };
    reported("scheduler-0", 1);
    reported("worker-1", 1);
    reported("worker-1", 1);
    reported("worker-0", 7);
    expect(replies).toEqual([]);
    expect(scheduler.why(shell.now)[0]?.edge).toEqual({ kind: "members", missing: ["worker-0"] });
    reported("worker-0", 1);
    expect(replies[0]?.type === "statistics" && replies[0].nodes.map(({ node }) => node)).toEqual(asked);
  });

  test("progress is observed and written for whoever watches", () => {
    // The scheduler adds when it was.
    const progress = { pass: 1, objective: 2.5, nonzeros: 3, sentBytes: 4, filteredShare: 0 };
    const { shell } = running({
      schedule: scripted([
        { type: "progress", progress },
        { type: "progress", progress: { ...progress, pass: 2 } },
      ]),
    });
    expect(shell.factsOf("progress-reported").map(({ progress: { pass } }) => pass)).toEqual([1, 2]);
    expect(JSON.parse(shell.record("progress")?.value ?? "")).toMatchObject([{ pass: 1 }, { pass: 2 }]);
  });

  test("the record of progress keeps the newest lines, so that it stays small", () => {
    const passes = Array.from({ length: 150 }, (_, i) => i + 1);
    const line = { objective: 2.5, nonzeros: 3, sentBytes: 4, filteredShare: 0 };
    const { shell } = running({
      schedule: scripted(passes.map((pass) => ({ type: "progress", progress: { pass, ...line } }))),
    });
    const kept = JSON.parse(shell.record("progress")?.value ?? "") as readonly { pass: number }[];
    expect(kept.map(({ pass }) => pass)).toEqual(passes.slice(50));
  });
});

describe("the end", () => {
  test("the outcome leaves with its model before the result record tells everyone", () => {
    const { shell, scheduler } = waiting({ schedule: scripted([]) });
    shell.settle();
    for (const number of [0, 1]) {
      const from = `worker-${number}` as NodeId;
      scheduler.received(from, readyAt(number));
    }
    const result = { ...outcome, loadMicros: 0, trainMicros: 0, badLines: 0 };
    expect(shell.effectsOf("outcome")).toEqual([{ type: "outcome", outcome: result }]);
    expect(scheduler.outcome).toEqual(result);
    expect(shell.record("result")).toBeUndefined();
    shell.settle();
    const written = JSON.parse(shell.record("result")?.value ?? "") as JobOutcome;
    expect(written).toMatchObject({ endedBy: "epsilon", objective: 1.5 });
    expect(written.model).toBeUndefined();
    expect(shell.factsOf("job-ended")).toEqual([{ type: "job-ended", endedBy: "epsilon", objective: 1.5 }]);
    expect(scheduler.why(shell.now)).toEqual([]);
  });

  test.each([
    ["throws", scripted([issue({ tasks: [5] })]), "can only come after"],
    [
      "waits for a task that it never issued",
      scripted([{ type: "wait", time: taskTime(3) }]),
      "task 3 was issued",
    ],
    ["names a tau that is none", scripted([{ type: "set-tau", tau: -2 }]), "tau -2"],
  ])("a schedule that %s ends the job with its words", (_why, schedule, reason) => {
    const { shell } = running({ schedule });
    expect(shell.failures).toEqual([expect.stringContaining(reason)]);
  });
});

describe("terms", () => {
  test("[G10] a deposed scheduler writes nothing and sends nothing more", () => {
    const requests = [
      issue(),
      { type: "wait", time: taskTime(0) },
      { type: "record", record: {} },
      issue(),
    ] as const;
    const { shell, finish } = running({ schedule: scripted(requests), job: { tau: 4 } });
    shell.records.put("term/scheduler", { leader: "scheduler-1", term: 2 });
    const sent = shell.sent.length;
    finish(0);
    expect(shell.record("pass")).toBeUndefined();
    expect(shell.sentOf("issue")).toHaveLength(2);
    expect(shell.sent.length).toBe(sent + 2 * Number(shell.sentOf("frontier").length > 0));
  });

  test("a registry that is away is asked again until it answers", () => {
    const { shell } = waiting({ schedule: scripted([]) });
    const answer = shell.records.answer.bind(shell.records);
    let isAway = true;
    shell.records.answer = (request) =>
      isAway ? { type: "unavailable", reason: "no leader" } : answer(request);
    shell.settle();
    expect(shell.record("slots")).toBeUndefined();
    shell.advance(20_000);
    shell.settle();
    isAway = false;
    shell.advance(40_000);
    shell.settle();
    expect(shell.record("slots")).toBeDefined();
  });

  test.each([
    ["is lost on its way, and arrives behind the next one, undoes nothing", false],
    ["was done all the same is written once more, and the next one after it", true],
  ])("a write that was answered `unavailable` and %s", (_, isDone) => {
    const record = (pass: number): ScheduleRequest => ({ type: "record", record: { pass } });
    const registry = new LateRegistry("pass", isDone);
    const { shell } = running({ schedule: holding([record(1), record(2)]), registry });
    for (const at of [20_000, 40_000, 60_000]) {
      shell.advance(at);
      shell.settle();
    }
    const written = (): unknown => JSON.parse(registry.get("pass")?.value ?? "{}");
    expect(written()).toMatchObject({ record: { pass: 2 } });
    registry.arrive();
    expect(written()).toMatchObject({ record: { pass: 2 } });
    expect(shell.failures).toEqual([]);
  });

  test("a checkpoint that somebody wants and a node cannot save is told by the node and its reason, each time", () => {
    const pass = (number: number): readonly ScheduleRequest[] => [
      { type: "record", record: { pass: number } },
      issue(),
      { type: "wait", time: taskTime(number - 1) },
    ];
    const requests = [1, 2, 3].flatMap(pass);
    const { shell, scheduler, finish } = running({ schedule: holding(requests) });
    const refuse = (reason: string): void => {
      const { checkpoint, parameter, segment } = shell.sentOf("save").at(-1)?.message ?? {};
      const written = { token: { lineage: 0, view: 0, index: 0 }, rows: 0, bytes: 0, sha256: "", reason };
      const saved = { type: "saved", checkpoint, parameter, segment, ...written } as Message;
      scheduler.received("server-0" as NodeId, saved);
      shell.settle();
    };
    const told = (): unknown => JSON.parse(shell.records.get("checkpoint-failed")?.value ?? "{}");
    shell.records.put("checkpoint-wanted", { id: "one" });
    shell.settle();
    finish(0);
    refuse("ENOSPC: no space left on device, write");
    const { checkpoint } = shell.factsOf("checkpoint-failed")[0];
    const reason = "server-0: ENOSPC: no space left on device, write";
    expect(told()).toEqual({ id: "one", checkpoint, reason });
    finish(1);
    refuse("EROFS: read-only file system, mkdir '/kept'");
    expect(told()).toMatchObject({
      id: "one",
      reason: "server-0: EROFS: read-only file system, mkdir '/kept'",
    });
  });

  test.each(["term/scheduler", "slots"])(
    "a registry that refuses to write %s for good ends the job with its reason, and is not asked again",
    (key) => {
      const registry = new RefusingRegistry(key);
      const { shell } = waiting({ schedule: scripted([]), registry });
      for (let i = 1; i <= 5; i++) {
        shell.settle();
        shell.advance(i * 20_000);
      }
      expect(shell.failures).toEqual([`the registry refused to write ${key}: it is full`]);
      expect(registry.refusals).toBe(1);
    },
  );
});

test("why: a schedule that waits for a task names its slots and their workers", () => {
  const { shell, scheduler, finish } = running({
    schedule: scripted([issue(), issue(), { type: "wait", time: taskTime(1) }]),
  });
  shell.now = 500 as typeof shell.now;
  finish(0, [0]);
  expect(scheduler.why(shell.now)).toEqual([
    {
      node: "scheduler-0",
      since: 0,
      blocked: "schedule",
      waitsFor: "task 1 at slots 0 (worker-0), 1 (worker-1)",
      edge: { kind: "task", time: 1, unfinishedSlots: [zero, one] },
    },
    {
      node: "scheduler-0",
      since: 0,
      blocked: "frontier",
      waitsFor: "task 0 at slot 1 (worker-1)",
      edge: { kind: "task", time: 0, unfinishedSlots: [one] },
    },
  ]);
});
