import { expect, test } from "vitest";
import { FillPace } from "../../../src/core/server/chain/fill-pace.ts";
import { FakeShell } from "../../support/fake-shell.ts";

test("chunks go out at the rate that is allowed, in order, and at once after a rest", () => {
  const shell = new FakeShell({ id: "server-0", options: { fillBytesPerSecondMax: 1_000_000 } });
  const pace = new FillPace(shell);
  const sent: string[] = [];
  const chunk = (name: string) => () => {
    sent.push(`${name} at ${shell.now}`);
    return 1000;
  };
  for (const name of ["a", "b", "c"]) pace.run(chunk(name));
  expect(sent).toEqual(["a at 0"]);
  for (
    let at = shell.timers.get("fill");
    at !== undefined && sent.length < 3;
    at = shell.timers.get("fill")
  ) {
    shell.now = at;
    shell.timers.delete("fill");
    pace.due();
  }
  expect(sent).toEqual(["a at 0", "b at 1000", "c at 2000"]);
  shell.now = 9000 as never;
  pace.run(chunk("d"));
  expect(sent.at(-1)).toBe("d at 9000");
});
