/** The library fails where the rule that a scenario is for is broken: each bug planted here is seen by the stories named for it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { plantedBugs } from "../../src/cli/planted/bugs.ts";
import { libraryScenario } from "../../src/cli/planted/library-scenario.ts";
import type { Outcome } from "../../src/cli/swarm/messages.ts";
import { employ } from "../../src/cli/swarm/workforce.ts";

const bugs = plantedBugs();
const told = bugs.filter(({ seenIn }) => seenIn.length > 0);

test.each(told.map((bug) => [bug.name, bug] as const))(
  "%s is seen by the stories that need what it breaks",
  { timeout: 120_000 },
  async (_, { edits, seenIn }) => {
    const ended: string[] = [];
    let given = 0;
    const next = (): Parameters<typeof employ>[0]["next"] extends () => infer T ? T : never => {
      if (given >= seenIn.length) return undefined;
      const scenario = libraryScenario(seenIn[given].scenario);
      return { type: "scenario", seed: given++, scenario };
    };
    const done = ({ seed, check, verdict }: Outcome): void => {
      ended[seed] = check ?? verdict;
    };
    await employ({ next, done, lost: (_, how) => ended.push(`failed: ${how}`) }, edits);
    expect(ended).toHaveLength(seenIn.length);
    for (const [i, { scenario, by }] of seenIn.entries()) {
      expect([scenario, by.includes(ended[i]) || ended[i]]).toEqual([scenario, true]);
    }
  },
);

test("the page of the protocol names each rule that a story needs, one of its stories, and the bug that breaks it", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/protocol.md"), "utf8");
  const rows = [
    ...page.slice(page.indexOf("## 15. ")).matchAll(/^\| \d+ \| .* \| (`.*`) \| `([a-z0-9-]+)` \|$/gm),
  ];
  expect(rows.map(([, , bug]) => bug).toSorted()).toEqual(told.map(({ name }) => name).toSorted());
  for (const [, stories, name] of rows) {
    const known = told.find((bug) => bug.name === name)?.seenIn.map(({ scenario }) => scenario);
    const named = stories.split(", ").map((story) => story.replaceAll("`", ""));
    expect([name, named.filter((story) => known?.includes(story) !== true)]).toEqual([name, []]);
  }
});
