/** Requests that overtake the registry: they come before the job or the view that they are served by. */
import { describe, expect, test } from "vitest";
import type { NodeOptions } from "../../../src/core/index.ts";
import { jobSpec } from "../../support/jobs.ts";
import { OneServer, outcomes, viewOf } from "./one-server.ts";

const oneSlot = { tau: 0, slotCount: 1 };

/** A server that knows neither job nor view. */
function early(options: Partial<NodeOptions> = {}): OneServer {
  const one = new OneServer({ job: oneSlot, options, isEarly: true });
  expect(one.shell.job ?? one.shell.view).toBeUndefined();
  return one;
}

function tell(one: OneServer, ...keys: readonly ("job" | "view")[]): void {
  for (const key of keys) {
    if (key === "job") one.shell.job = jobSpec(oneSlot);
    else one.shell.view = viewOf(0);
    one.server.recordChanged(key);
  }
}

function applied(one: OneServer): readonly string[] {
  return one.shell.factsOf("applied").map(({ time, op }) => `${time}/${op}`);
}

const push = (op: number) => ({ slot: 0, time: 0, op, keys: [1], values: [op + 1] });

describe("requests before job and view", () => {
  test.each([[["job", "view"]], [["view", "job"]]] as const)(
    "are served in their order once %j have come, and no later one overtakes them",
    (keys) => {
      const one = early();
      expect(one.push(push(0))).toEqual([]);
      expect(one.pull([1], { time: 0 as never, op: 0, isExact: true })).toEqual([]);
      expect(one.waits()).toEqual([
        "push 0/0 of slot 0: the record job",
        "pull 0/0 of slot 0: the record job",
      ]);
      tell(one, keys[0]);
      expect(one.shell.sent).toEqual([]);
      tell(one, keys[1]);
      expect(outcomes(one.shell.sent.map(({ message }) => message))).toEqual(["pushed", "pulled"]);
      expect(one.valuesIn(one.shell.sent.slice(1).map(({ message }) => message))).toEqual([1]);
      expect(outcomes(one.push(push(1)))).toEqual(["pushed"]);
      expect(applied(one)).toEqual(["0/0", "0/1"]);
      expect(one.waits()).toEqual([]);
    },
  );

  test("of a view that this server has not heard of wait for it", () => {
    const one = new OneServer({ job: oneSlot });
    expect(one.push(push(0), { view: 2 })).toEqual([]);
    expect(one.push(push(1), { view: 2 })).toEqual([]);
    one.shell.view = { ...viewOf(0), number: 2 };
    one.server.recordChanged("view");
    expect(applied(one)).toEqual(["0/0", "0/1"]);
  });

  test("beyond earlyBytesMax are told `full`, and with tau = 0 the run ends rather than change their order", () => {
    const one = early({ earlyBytesMax: 300 });
    expect(one.push(push(0))).toEqual([]);
    expect(one.push(push(1))).toMatchObject([
      { reason: "full", detail: "earlyBytesMax 300 of requests wait for job and view" },
    ]);
    tell(one, "view", "job");
    expect(one.shell.failures).toEqual([
      "earlyBytesMax 300 is too small for what came before job and view, and tau = 0 needs its order",
    ]);
    expect(applied(one)).toEqual([]);
  });
});

test("the floor that a push brings makes room for it among the tasks whose record is remembered", () => {
  const one = new OneServer({ job: { tau: 4, slotCount: 1 }, options: { tasksAheadMax: 1 } });
  const at = (time: number) => ({ slot: 0, time, keys: [1], values: [1] });
  for (let time = 0; time < 16; time++) expect(outcomes(one.push(at(time)))).toEqual(["pushed"]);
  expect(outcomes(one.push(at(16)))).toEqual(["full"]);
  expect(outcomes(one.push(at(16), { floor: 1 as never }))).toEqual(["pushed"]);
});
