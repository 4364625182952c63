/** What a scenario expects of the facts of its run, and of what the world did: which must come, which must not. */
import { z } from "zod";
import type { NodeId, Observation } from "../../core/index.ts";
import { momentText } from "../../observe/index.ts";
import { Cast } from "../world/cast.ts";
import { matches } from "../world/match-fact.ts";
import type { Names } from "./names.ts";
import { guess } from "./nearest-word.ts";
import { storyTypes, whereComplaints } from "./where.ts";

const pattern = {
  fact: z
    .string()
    .superRefine((fact, context) => {
      if (storyTypes.includes(fact)) return;
      context.addIssue({ code: "custom", message: `no such fact${guess(fact, storyTypes)}` });
    })
    .describe("its type, as docs/observations.md has it, or what a fault did"),
  node: z.string().min(1).optional().describe("who says it, or whom the world does it to"),
  where: z
    .record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]))
    .default({})
    .describe("its fields, those of a field's own as `push.slot`"),
};

export const factsExpected = z.strictObject({
  require: z
    .array(
      z.strictObject({ ...pattern, min: z.number().int().min(1).default(1).describe("how often, at least") }),
    )
    .max(100)
    .default([])
    .describe("what must come"),
  forbid: z.array(z.strictObject(pattern)).max(100).default([]).describe("what must not"),
  story: z
    .array(z.strictObject(pattern))
    .max(100)
    .default([])
    .describe("what must come, one after the other"),
});

export type FactsExpected = z.output<typeof factsExpected>;
type Pattern = FactsExpected["forbid"][number];

export interface PatternComplaint {
  readonly path: readonly (string | number)[];
  readonly isField?: boolean;
  readonly message: string;
}

/** What no fact of the run could ever be: whoever forbids it forbids nothing. */
export function patternComplaints(expected: FactsExpected, names: Names): readonly PatternComplaint[] {
  return (["require", "forbid", "story"] as const).flatMap((list) =>
    expected[list].flatMap(({ fact, node, where }, i): readonly PatternComplaint[] => {
      const message = node === undefined ? undefined : names.complaint(node, Number.POSITIVE_INFINITY);
      const nobody = message === undefined ? [] : [{ path: [list, i, "node"], message }];
      const asked = whereComplaints(fact, where, names);
      return [
        ...nobody,
        ...asked.map(({ field, ...wrong }) => ({ path: [list, i, "where", field], ...wrong })),
      ];
    }),
  );
}

export class FactWatch {
  private readonly expected: FactsExpected;
  private readonly cast = new Cast();
  private readonly seen: number[];
  private readonly broken: string[] = [];
  private told = 0;

  constructor(expected: FactsExpected) {
    this.expected = expected;
    this.seen = expected.require.map(() => 0);
  }

  observe(fact: Observation, node: NodeId | undefined, at: number): void {
    const { require, forbid, story } = this.expected;
    this.cast.observe(fact, node);
    require.forEach((one, i) => {
      if (this.isMet(one, fact, node)) this.seen[i]++;
    });
    forbid.forEach((one, i) => {
      if (!this.isMet(one, fact, node)) return;
      this.broken.push(
        `expect.facts.forbid.${i}: ${words(one)} came at ${momentText(at)}${node === undefined ? "" : ` on ${node}`}`,
      );
    });
    if (this.told < story.length && this.isMet(story[this.told], fact, node)) this.told++;
  }

  /** What is not as expected; empty: all is. */
  finish(): readonly string[] {
    const { require, story } = this.expected;
    const missed = require.flatMap((one, i) =>
      this.seen[i] >= one.min
        ? []
        : [
            `expect.facts.require.${i}: ${words(one)} came ${this.seen[i]} times, expected at least ${one.min}`,
          ],
    );
    const rest = story[this.told];
    const before = this.told === 0 ? "" : `, after ${words(story[this.told - 1])}`;
    const untold =
      rest === undefined ? [] : [`expect.facts.story.${this.told}: ${words(rest)} did not come${before}`];
    return [...this.broken.slice(0, 5), ...missed, ...untold];
  }

  private isMet(one: Pattern, fact: Observation, node: NodeId | undefined): boolean {
    if (one.fact !== fact.type) return false;
    const said = { node, fact };
    return matches({ fact: one.fact, node: one.node, where: one.where }, said, (target) =>
      this.cast.who(target, said),
    );
  }
}

function words({ fact, node, where }: Pattern): string {
  const fields = Object.entries(where).map(([name, value]) => `${name}: ${String(value)}`);
  return [
    fact,
    ...(node === undefined ? [] : [`of ${node}`]),
    ...(fields.length === 0 ? [] : [`where ${fields.join(", ")}`]),
  ].join(" ");
}
