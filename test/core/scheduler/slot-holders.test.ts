import fc from "fast-check";
import { expect, test } from "vitest";
import type { LostPolicy } from "../../../src/core/job.ts";
import { SlotHolders } from "../../../src/core/scheduler/slot-holders.ts";
import { FakeShell } from "../../support/fake-shell.ts";
import { jobSpec } from "../../support/jobs.ts";

const step = fc.record({
  /** Comes, comes back as the next incarnation, or goes. */
  worker: fc.nat(4),
  isThere: fc.boolean(),
  afterMs: fc.constantFrom(0, 1, 499, 500, 501),
});

test("whoever comes and goes: no slot vanishes, only those of lost workers move, to members, and epochs grow", () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 30 }),
      fc.constantFrom<LostPolicy>("replace", "redistribute"),
      fc.integer({ min: 1, max: 6 }),
      (steps, lost, slotCount) => {
        const workers = ["worker-0", "worker-1"];
        const shell = new FakeShell({ id: "scheduler-0", members: workers, options: { workerCount: 2 } });
        const holders = SlotHolders.deal(shell, jobSpec({ slotCount, policy: { lost } }));
        const lives = new Map<string, number>([
          ["worker-0", 1],
          ["worker-1", 1],
        ]);
        for (const { worker: number, isThere, afterMs } of steps) {
          const worker = `worker-${number}`;
          if (isThere) {
            lives.set(worker, (lives.get(worker) ?? 0) + 1);
            shell.join(worker, lives.get(worker));
          } else shell.leave(worker);
          shell.now = (shell.now + afterMs * 1000) as typeof shell.now;
          const before = holders.slots.map((slot) => holders.of(slot));
          const { moved, retryAt } = holders.refill();
          const isHeld = (at: (typeof before)[number]): boolean =>
            shell.members.get(at.worker)?.incarnation === at.incarnation;
          expect(holders.slots).toEqual(Array.from({ length: slotCount }, (_, slot) => slot));
          for (const slot of holders.slots) {
            const now = holders.of(slot);
            const hasMoved = moved.includes(slot);
            expect(now.epoch).toBe(before[slot].epoch + Number(hasMoved));
            if (hasMoved) expect([isHeld(before[slot]), isHeld(now)]).toEqual([false, true]);
            else expect(now).toEqual(before[slot]);
            expect(holders.vacantSince(slot) !== undefined).toBe(!isHeld(now));
          }
          const present = [...shell.members.keys()].filter((node) => node.startsWith("worker"));
          const isWhole = holders.slots.every((slot) => isHeld(holders.of(slot)));
          // Where somebody is there, a slot waits for a newcomer at most.
          if (present.length > 0 && !isWhole) expect([lost, retryAt! > shell.now]).toEqual(["replace", true]);
          if (retryAt === undefined) continue;
          shell.now = retryAt;
          expect(holders.refill().moved.length).toBeGreaterThan(0);
        }
        const adopted = SlotHolders.adopt(shell, jobSpec({ slotCount }), holders.toRecord());
        expect(typeof adopted === "string" ? adopted : adopted.toRecord()).toEqual(holders.toRecord());
      },
    ),
    { seed: 9, numRuns: 300 },
  );
});

test("redistributed slots are spread evenly", () => {
  const members = ["worker-0", "worker-1", "worker-2", "worker-3"];
  const shell = new FakeShell({ id: "scheduler-0", members, options: { workerCount: 4 } });
  const holders = SlotHolders.deal(shell, jobSpec({ slotCount: 12, policy: { lost: "redistribute" } }));
  shell.leave("worker-2");
  holders.refill();
  const counts = new Map<string, number>();
  for (const { worker } of holders.toRecord().slots) counts.set(worker, (counts.get(worker) ?? 0) + 1);
  expect([...counts]).toEqual([
    ["worker-0", 4],
    ["worker-1", 4],
    ["worker-3", 4],
  ]);
});

test("a record that does not have every slot of the job once is not taken over", () => {
  const shell = new FakeShell({ id: "scheduler-0" });
  const slots = [{ slot: 0, worker: "worker-0" as never, incarnation: 1, epoch: 1 }];
  expect(SlotHolders.adopt(shell, jobSpec({ slotCount: 2 }), { slots })).toBe(
    "it does not have the 2 slots of job trial",
  );
});
