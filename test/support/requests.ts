/** Requests of a worker's program, and a slot that makes them. */
import { keyAt, keyListFromNumbers } from "../../src/core/keys/key-list.ts";
import type { Message, PartId } from "../../src/core/message/message.ts";
import type { ProgramReply, ProgramRequest } from "../../src/core/worker/program.ts";
import { parameterSpec } from "./jobs.ts";
import { type BenchSetup, nothing, task, WorkerBench } from "./worker-bench.ts";

export type PushRequest = Extract<ProgramRequest, { type: "push" }>;
export type PullRequest = Extract<ProgramRequest, { type: "pull" }>;

export const pushOf = (keys: readonly number[], changes: Partial<PushRequest> = {}): PushRequest => ({
  type: "push",
  parameter: 0,
  keys: keyListFromNumbers(keys),
  values: Float64Array.from(keys, (key) => key / 2),
  active: undefined,
  ...changes,
});

export const pullOf = (keys: readonly number[], changes: Partial<PullRequest> = {}): PullRequest => ({
  type: "pull",
  parameter: 0,
  keys: keyListFromNumbers(keys),
  afterOp: undefined,
  ...changes,
});

/** One slot whose task 0 makes these requests one after another; it has begun. */
export function begun(requests: readonly ProgramRequest[], setup: BenchSetup = {}) {
  const replies: ProgramReply[] = [];
  const bench = new WorkerBench({
    slots: [0],
    run: function* () {
      for (const request of requests) replies.push(yield request);
      return nothing;
    },
    ...setup,
  });
  bench.load(0);
  bench.issue([task(0)]);
  bench.compute();
  return { bench, replies };
}

export const keysOf = (pairs: Uint32Array | undefined): number[] =>
  Array.from({ length: (pairs?.length ?? 0) / 2 }, (_, i) => Number(keyAt(pairs ?? new Uint32Array(0), i)));

export const refusal = (part: PartId, reason: string, request: "push" | "pull" | "call" = "push"): Message =>
  ({ type: "refused", part, request, reason, detail: `because of ${reason}`, view: 1, epoch: 0 }) as Message;

export const cached = parameterSpec({
  pushFilters: [{ kind: "key-caching" }],
  pullFilters: [{ kind: "key-caching" }],
});
