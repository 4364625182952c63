/** A scenario of the library in virtual time and on real processes. */
import { join } from "node:path";
import { expect } from "vitest";
import { run } from "../../cli/support/run.ts";
import { type Ended, root, tauring } from "./commands.ts";

export interface Report {
  readonly verdict: string;
  readonly violations: readonly unknown[];
  readonly not_as_expected: readonly string[];
}

/** A machine that is busy with others may let the job end before a fault is due: that is tried again. */
const triesMax = 2;
/** Of one test: all tries, on a machine that is several times slower than others. */
export const triesTimeoutMs = 480_000;

/**
 * In both worlds it ends well. What breaks a promise is no weather, however busy the machine is; false: its faults did not meet
 * real processes as the scenario expects, in any try.
 */
export async function endsAlike(name: string, ...where: readonly string[]): Promise<boolean> {
  const path = `scenarios/${name}.yaml`;
  const simulated = await run("sim", "run", join(root, path), "--json");
  expect(reportIn(simulated)).toMatchObject({ verdict: "pass", not_as_expected: [] });
  let real: Report | undefined;
  for (let tries = 0; tries < triesMax && real?.not_as_expected.length !== 0; tries++) {
    real = reportIn(await tauring(["launch", "--scenario", path, ...where, "--json"]));
    expect(real.violations).toEqual([]);
  }
  expect(real).toMatchObject({ verdict: "pass" });
  return real?.not_as_expected.length === 0;
}

function reportIn({ code, stdout, stderr }: Pick<Ended, "code" | "stdout" | "stderr">): Report {
  expect([0, 1, 3], stderr).toContain(code);
  return JSON.parse(stdout) as Report;
}
