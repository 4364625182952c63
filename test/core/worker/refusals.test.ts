/** What a worker does with a part that a server refuses. */
import { describe, expect, test } from "vitest";
import { type NodeId } from "../../../src/core/ids.ts";
import { asking, halves, task, WorkerBench } from "../../support/worker-bench.ts";
import { begun, pullOf, pushOf, refusal } from "../../support/requests.ts";

describe("a refusal", () => {
  test("full: the part is sent again after retryAfterMs, then twice that, up to retransmitMaxMs", () => {
    const { bench } = begun([pushOf([10])], { options: { retryAfterMs: 20, retransmitMaxMs: 50 } });
    const [{ to, message }] = bench.shell.sentOf("push");
    const sentAt: number[] = [];
    for (let i = 0; i < 4; i++) {
      const before = bench.shell.sentOf("push").length;
      bench.answer(to, refusal(message.part, "full"));
      const began = bench.shell.now;
      for (let ms = 1; bench.shell.sentOf("push").length === before; ms++)
        bench.shell.advance(began + ms * 1000);
      sentAt.push((bench.shell.now - began) / 1000);
    }
    expect(sentAt).toEqual([20, 40, 50, 50]);
    expect(bench.shell.sentOf("push").at(-1)).toEqual({ to, message });
  });

  test("not-master: the part goes to the new master when the view comes, and waits no longer than that", () => {
    const { bench } = begun([pushOf([10])]);
    const [{ to, message }] = bench.shell.sentOf("push");
    bench.answer(to, refusal(message.part, "not-master"));
    expect(bench.shell.sentOf("push")).toHaveLength(2);
    const segments = halves.segments.map((segment) => ({ ...segment, holders: ["server-1" as NodeId] }));
    bench.shell.records.put("view", {
      number: 2,
      lineage: 0,
      incarnations: { "server-0": 1, "server-1": 1 },
      segments,
    });
    bench.shell.settle();
    expect(bench.shell.sentOf("push").slice(2)).toMatchObject([
      { to: "server-1", message: { view: 2, part: message.part } },
    ]);
    bench.answer(to, refusal(message.part, "not-master"));
    expect(bench.shell.sentOf("push")).toHaveLength(3);
  });

  test("not-master by a server that is behind the view: the part is sent again after a while", () => {
    const { bench } = begun([pushOf([10])]);
    const [{ to, message }] = bench.shell.sentOf("push");
    bench.answer(to, refusal(message.part, "not-master"));
    bench.shell.advance(bench.shell.options.retryAfterMs * 1000);
    expect(bench.shell.sentOf("push").at(-1)).toEqual({ to, message });
  });

  test.each(["conflict", "invalid"])("%s: the job ends with the server's words", (reason) => {
    const { bench } = begun([pullOf([10])]);
    const [{ to, message }] = bench.shell.sentOf("pull");
    bench.answer(to, refusal(message.part, reason, "pull"));
    bench.shell.settle();
    expect(bench.shell.failures).toEqual([
      `server-0 refused pull 0/0 of weights at slot 0 (${reason}): because of ${reason}`,
    ]);
  });

  test.each(["conflict", "invalid"])(
    "%s: the job goes on if the slot is another's by now, though nobody has told this worker",
    (reason) => {
      const { bench } = begun([pullOf([10])]);
      const [{ to, message }] = bench.shell.sentOf("pull");
      const slots = [0, 1].map((slot) => ({ slot, worker: "worker-1", incarnation: 1, epoch: 2 }));
      bench.shell.records.put("slots", { slots });
      bench.answer(to, refusal(message.part, reason, "pull"));
      bench.shell.settle();
      expect(bench.shell.failures).toEqual([]);
    },
  );

  test("closed: a read of a task that writes ends the task here, and nothing else", () => {
    const { bench, replies } = begun([pullOf([10])]);
    const [{ to, message }] = bench.shell.sentOf("pull");
    bench.answer(to, refusal(message.part, "closed", "pull"));
    bench.shell.settle();
    bench.issue([task(0)]);
    bench.compute();
    expect(bench.shell.failures).toEqual([]);
    expect(bench.shell.sentOf("pull")).toHaveLength(1);
    expect(bench.shell.sentOf("finished")).toEqual([]);
    expect(replies).toEqual([]);
  });

  test("closed: a task that only reads is waited for by its result, so the job ends with the server's words", () => {
    const bench = new WorkerBench({ slots: [0], run: asking(pullOf([10])) });
    bench.load(0);
    bench.issue([task(0, { writes: [] })]);
    bench.compute();
    const [{ to, message }] = bench.shell.sentOf("pull");
    bench.answer(to, refusal(message.part, "closed", "pull"));
    bench.shell.settle();
    expect(bench.shell.failures).toEqual([
      "server-0 refused pull 0/0 of weights at slot 0 (closed): because of closed",
    ]);
  });

  test("replaced: it was meant for the slot's last holder, so the part is still waited for", () => {
    const { bench } = begun([pushOf([10])]);
    const sent = bench.shell.sentOf("push");
    bench.answer(sent[0].to, refusal(sent[0].message.part, "replaced"));
    bench.shell.settle();
    expect(bench.shell.failures).toEqual([]);
    expect(bench.shell.sentOf("push")).toEqual(sent);
  });

  test("conflict: while the registry cannot say whose the slot is, the part is tried again", () => {
    const { bench } = begun([pullOf([10])]);
    const [{ to, message }] = bench.shell.sentOf("pull");
    bench.shell.records.answer = () => ({ type: "unavailable", reason: "no leader" });
    bench.answer(to, refusal(message.part, "conflict", "pull"));
    bench.shell.settle();
    expect(bench.shell.failures).toEqual([]);
    bench.shell.advance(bench.shell.options.retryAfterMs * 1000);
    expect(bench.shell.sentOf("pull").at(-1)).toEqual({ to, message });
  });

  test("a view that cuts a segment anew under a part ends the job by name", () => {
    const { bench } = begun([pushOf([10])]);
    const segments = [halves.segments[0], { ...halves.segments[1], begin: 2 ** 30 }];
    bench.shell.records.put("view", {
      number: 2,
      lineage: 0,
      incarnations: { "server-0": 1, "server-1": 1 },
      segments,
    });
    bench.shell.settle();
    expect(bench.shell.failures[0]).toContain(
      "view 2 cut segment 00000000 anew under push 0/0 of weights at slot 0",
    );
  });
});
