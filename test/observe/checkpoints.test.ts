/** K1 to K3: a job that is saved between two passes and goes on from there, and one line that breaks each promise. */
import { expect, test } from "vitest";
import {
  applied,
  committed,
  fired,
  type Loose,
  published,
  rose,
  run,
  sealed,
  token,
  view,
} from "./support/facts.ts";

const first = 2;
const job: Loose = {
  type: "job-submitted",
  name: "job",
  slotCount: 1,
  tau: 0,
  reference: null,
  parameters: [{ name: "weights" }],
};
const part: Loose = {
  type: "part-saved",
  checkpoint: "one",
  parameter: 0,
  segment: 0,
  token: token(2),
  first,
  isShared: false,
};
const whole: Loose = {
  type: "checkpoint-saved",
  checkpoint: "one",
  first,
  parts: 1,
  bytes: 10,
  pauseMicros: 5,
};

/** Two tasks, saved, and the next one. */
const beginning: readonly Loose[] = [
  job,
  published(view(1, ["server-0"])),
  applied([0], 0, 1),
  committed(1),
  applied([0], 1, 2),
  committed(2),
];
const story: readonly Loose[] = [...beginning, part, whole, applied([0], first, 3), committed(3)];
const only = ["K1", "K2", "K3"];
const broken = (facts: readonly Loose[]): readonly string[] => fired(facts).filter((id) => only.includes(id));

test("a job that is saved between two passes keeps every promise, also where what was applied is forgotten", () => {
  expect(broken(story)).toEqual([]);
  expect(broken([...beginning, rose(first), part, whole])).toEqual([]);
  const { counts } = run(story);
  expect([counts.K1.evaluated, counts.K2.evaluated, counts.K3.evaluated]).toEqual([1, 1, 0]);
});

const resumed: Loose = { type: "job-resumed", checkpoint: "one", lineage: 1, first };

const rows: readonly (readonly [id: string, why: string, facts: readonly Loose[]])[] = [
  [
    "K1",
    "a push of the next pass is in it",
    [...beginning, applied([0], first, 3), { ...part, token: token(3) }],
  ],
  ["K1", "a push of the passes before is not", [...beginning, { ...part, token: token(1) }]],
  [
    "K1",
    "nor one of which nothing but the place is kept",
    [...beginning, rose(first), { ...part, token: token(1) }],
  ],
  ["K1", "a push of the passes before comes later", [...beginning, part, applied([0], 1, 3)]],
  ["K2", "it exists without a part", [...beginning, whole]],
  ["K2", "two parts are of two moments", [...beginning, { ...part, first: 3 }, whole]],
  ["K3", "what it has is done again", [job, resumed, applied([0], 1, 1)]],
];

test.each(rows)("%s: %s", (id, _why, facts) => {
  expect(broken(facts)).toEqual([id]);
});

test("what a new master left behind is none of it", () => {
  const next = sealed(2, 2);
  expect(broken([...beginning, applied([0], 1, 3), next, part, whole])).toEqual([]);
});
