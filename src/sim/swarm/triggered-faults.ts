/**
 * Random faults that wait for a fact and mean whoever plays a part then: between two exact steps, which a time drawn
 * beforehand hits by luck only.
 */
import type { ScenarioInput } from "../scenario/scenario.ts";
import type { Random } from "../world/random.ts";
import { withinBudget } from "./budget.ts";

type Fault = NonNullable<ScenarioInput["faults"]>[number];

/** What begins, ends or hands over something, and how often it happens in a run, roughly. */
const moments = [
  { fact: "view-published", nthMax: 4 },
  { fact: "view-adopted", nthMax: 12 },
  { fact: "holder-filled", nthMax: 6 },
  { fact: "segment-sealed", nthMax: 12 },
  { fact: "segment-dropped", nthMax: 3 },
  { fact: "entry-stored", nthMax: 40 },
  { fact: "applied", nthMax: 40 },
  { fact: "committed", nthMax: 40 },
  { fact: "part-received", nthMax: 40 },
  { fact: "read-answered", nthMax: 40 },
  { fact: "leader-elected", nthMax: 3 },
  { fact: "node-evicted", nthMax: 2 },
  { fact: "node-launched", nthMax: 3 },
  { fact: "job-submitted", nthMax: 1 },
  { fact: "slot-assigned", nthMax: 6 },
  { fact: "task-issued", nthMax: 10 },
  { fact: "task-started", nthMax: 20 },
  { fact: "task-finished", nthMax: 20 },
  { fact: "frontier-rose", nthMax: 6 },
] as const;

const servers = [
  "@primary",
  "@tail(0)",
  "@primary(1)",
  "@filling",
  "@pred(@joining)",
  "@succ(@joining)",
] as const;
const controls = ["@leader", "@scheduler"] as const;
const workers = ["@slowest", "@fastest", "@holder(0)"] as const;
const parts = [...servers, ...controls, ...workers] as const;

const faultsMax = 3;
const afterMicrosMax = 20_000;
const silenceMicrosMax = 250_000;
const restartMicrosMax = 1_500_000;

/** Instead of half of the scenario's own faults, and within its budget. */
export function withTriggeredFaults(scenario: ScenarioInput, random: Random): ScenarioInput {
  const kept = (scenario.faults ?? []).filter(() => random.unit() < 0.5);
  const count = 1 + random.below(faultsMax);
  const drawn = Array.from({ length: count }, () => drawFault(random));
  return withinBudget({ ...scenario, faults: [...kept, ...drawn] }) ?? scenario;
}

function drawFault(random: Random): Fault {
  const { fact, nthMax } = moments[random.below(moments.length)];
  const on = { fact, nth: 1 + random.below(nthMax), after: micros(random, afterMicrosMax) };
  const node = parts[random.below(parts.length)];
  const silence = micros(random, silenceMicrosMax);
  switch (random.below(4)) {
    case 0:
      return { kind: "pause", node, on, for: silence };
    case 1: {
      const to = random.unit() < 0.2 ? "registry" : parts[random.below(parts.length)];
      const how = random.unit() < 0.5 ? "both" : "one-way";
      const mode = random.unit() < 0.5 ? "drop" : "hold";
      return { kind: "cut", from: [node], to: [to], on, for: silence, how, mode };
    }
    default:
      return { kind: "crash", node, on, restart: micros(random, restartMicrosMax) };
  }
}

/** Short ones are as likely as long ones. */
function micros(random: Random, max: number): string {
  return `${Math.max(1, Math.round(max * random.unit() ** 3))}us`;
}
