import { expect, test } from "vitest";
import type { CheckpointAnswer, CheckpointRequest } from "../../../src/core/checkpoint/checkpoint-files.ts";
import { type Micros, micros } from "../../../src/core/ids.ts";
import { defaultNodeOptions, type NodeOptions } from "../../../src/core/options.ts";
import { PatientReads } from "../../../src/core/shell/patient-reads.ts";

const manifest: CheckpointRequest = { type: "read-manifest", checkpoint: "000001" };
const unreadable: CheckpointAnswer = { type: "unreadable", reason: "input/output error" };

/** A folder that answers so from the given times on, in milliseconds. */
function asked(answers: readonly (readonly [number, CheckpointAnswer])[]): {
  readonly at: readonly number[];
  readonly answer: CheckpointAnswer;
} {
  let due: { timer: string; at: Micros } | undefined;
  const host = {
    now: micros(0),
    options: { ...defaultNodeOptions, retryAfterMs: 20, checkpointReadRetryMs: 500 } as NodeOptions,
    setTimer: (timer: string, at: Micros) => {
      due = { timer, at };
    },
  };
  const at: number[] = [];
  const told: CheckpointAnswer[] = [];
  const reads = new PatientReads(host, (_request, answered) => {
    at.push(host.now / 1000);
    answered((answers.findLast(([from]) => from <= host.now / 1000) as (typeof answers)[number])[1]);
  });
  reads.begin(manifest, (answer) => told.push(answer));
  while (due !== undefined) {
    const { timer, at: time } = due;
    due = undefined;
    host.now = time;
    expect(reads.timerFired(timer)).toBe(true);
  }
  expect(told).toHaveLength(1);
  return { at, answer: told[0] };
}

test("a read that fails for no fault of the file is asked for again, with doubling waits, until it succeeds", () => {
  const read: CheckpointAnswer = { type: "read-manifest", text: "{}" };
  expect(
    asked([
      [0, unreadable],
      [100, read],
    ]),
  ).toEqual({ at: [0, 20, 60, 140], answer: read });
});

test("what is missing or damaged is answered at once", () => {
  const damaged: CheckpointAnswer = { type: "failed", reason: "it is damaged" };
  expect(asked([[0, damaged]])).toEqual({ at: [0], answer: damaged });
});

test("after checkpointReadRetryMs the read has failed, and says for how long it was tried", () => {
  const { at, answer } = asked([[0, unreadable]]);
  expect(at).toEqual([0, 20, 60, 140, 300, 500]);
  const reason = "input/output error (tried again for checkpointReadRetryMs 500)";
  expect(answer).toEqual({ type: "failed", reason });
});

test("timers of others are others'", () => {
  const host = { now: micros(0), options: defaultNodeOptions as NodeOptions, setTimer: () => {} };
  expect(new PatientReads(host, () => {}).timerFired("checkpoint")).toBe(false);
});
