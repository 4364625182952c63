/** A segment that has not changed since the checkpoint before is kept once; where that one is gone, it is written again. */
import { expect, test } from "vitest";
import type {
  CheckpointAnswer,
  CheckpointRequest,
  Message,
  NodeId,
  TaskTime,
} from "../../../src/core/index.ts";
import { Saving } from "../../../src/core/server/saving.ts";
import type { Segment } from "../../../src/core/server/segment.ts";
import { FakeShell } from "../../support/fake-shell.ts";

class SavingShell extends FakeShell {
  readonly requests: CheckpointRequest[] = [];
  next: CheckpointAnswer = { type: "written", bytes: 3, sha256: "ab" };

  override checkpoints(request: CheckpointRequest, answered: (answer: CheckpointAnswer) => void): void {
    this.requests.push(request);
    const answer: CheckpointAnswer =
      request.type === "write-part" ? { type: "written", bytes: 3, sha256: "ab" } : this.next;
    answered(answer);
  }
}

const scheduler = "scheduler-0" as NodeId;
const ask = (checkpoint: string, first: number): Extract<Message, { type: "save" }> => {
  return { type: "save", checkpoint, first: first as TaskTime, view: 1, parameter: 0, segment: 7 };
};

function segmentAt(index: number, newestTime: number): Segment {
  const token = { lineage: 1, view: 1, index };
  const tokenBefore = (first: number) => (newestTime < first ? token : undefined);
  const isBeyond = (first: number) => newestTime >= first;
  return {
    tokenBefore,
    isBeyond,
    toPart: () => ({ rows: 2, bytes: new Uint8Array(3) }),
  } as unknown as Segment;
}

function saved(shell: FakeShell): readonly Message[] {
  return shell.sent.map(({ message }) => message);
}

test("a segment that has not changed is shared, and written where it cannot be", () => {
  const shell = new SavingShell({ id: "server-0" });
  const saving = new Saving(shell);
  saving.save(scheduler, ask("a", 5), segmentAt(3, 4));
  shell.next = { type: "done" };
  saving.save(scheduler, ask("b", 9), segmentAt(3, 4));
  shell.next = { type: "failed", reason: "gone" };
  saving.save(scheduler, ask("c", 12), segmentAt(3, 4));
  saving.save(scheduler, ask("d", 15), segmentAt(4, 13));
  expect(shell.requests.map(({ type }) => type)).toEqual([
    "write-part",
    "link-part",
    "link-part",
    "write-part",
    "write-part",
  ]);
  expect(saved(shell).map((message) => message.type === "saved" && message.checkpoint)).toEqual([
    "a",
    "b",
    "c",
    "d",
  ]);
});

test("who asks again is answered from memory, and a state past the frontier is not kept: it will never be before it again", () => {
  const shell = new SavingShell({ id: "server-0" });
  const saving = new Saving(shell);
  saving.save(scheduler, ask("a", 5), segmentAt(3, 4));
  saving.save(scheduler, ask("a", 5), segmentAt(9, 8));
  saving.save(scheduler, ask("b", 5), segmentAt(9, 8));
  expect(shell.requests).toHaveLength(1);
  const [first, again, beyond] = saved(shell);
  expect(again).toEqual(first);
  expect(beyond).toMatchObject({
    checkpoint: "b",
    reason: "the pass is under way: task 5 or a later one was applied",
  });
});
