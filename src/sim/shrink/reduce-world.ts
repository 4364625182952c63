/** A network without trouble, limits and costs that are the defaults, and times that are round, early and short. */
import { duration, durationText } from "../scenario/units.ts";
import type { ScenarioInput } from "../scenario/scenario.ts";
import { type Reduction, without } from "./reduce-cluster.ts";

type Fault = NonNullable<ScenarioInput["faults"]>[number];

/** Whole sections first, then each of their fields: what is left out is the default. */
export const reduceWorld: Reduction = (scenario) => {
  const found: ScenarioInput[] = [];
  for (const section of ["limits", "cost", "net", "timing", "policy"] as const) {
    const fields = scenario[section];
    if (fields === undefined) continue;
    found.push(without(scenario, section));
    for (const name of Object.keys(fields)) {
      found.push({ ...scenario, [section]: { ...fields, [name]: undefined } });
    }
  }
  return found;
};

const streamOnly = { loss: undefined, duplicate: undefined, reorder: undefined, spread: undefined } as const;

export const reduceLinks: Reduction = (scenario) => {
  const { net } = scenario;
  if (net?.default === undefined) return [];
  const { default: link } = net;
  const found: ScenarioInput[] = [];
  const put = (changed: typeof link): void => {
    found.push({ ...scenario, net: { ...net, default: changed } });
  };
  if (link.mode === "datagram") put({ ...link, mode: undefined, ...streamOnly });
  for (const name of Object.keys(link)) put({ ...link, [name]: undefined });
  if (net.registryFaults !== undefined) {
    for (const name of Object.keys(net.registryFaults)) {
      found.push({
        ...scenario,
        net: { ...net, registryFaults: { ...net.registryFaults, [name]: undefined } },
      });
    }
  }
  return found;
};

/** Faults that say less, affect less, are over sooner, and happen at times that can be remembered. */
export const reduceTimes: Reduction = (scenario) => {
  const { faults = [] } = scenario;
  return faults.flatMap((fault, i) =>
    simplerFaults(fault).map((simpler) => ({
      ...scenario,
      faults: faults.map((one, j) => (j === i ? simpler : one)),
    })),
  );
};

/** What a fault may say beside what it must. */
const leftOut = new Set(["how", "mode", "step", "drift", "version", "writes", "wakes"]);

function simplerFaults(fault: Fault): readonly Fault[] {
  const found: unknown[] = [];
  const fields = fault as Readonly<Record<string, unknown>>;
  for (const [name, value] of Object.entries(fields)) {
    if (Array.isArray(value) && value.length > 1) {
      value.forEach((_, gone) => found.push({ ...fields, [name]: value.filter((__, i) => i !== gone) }));
    } else if (leftOut.has(name)) {
      found.push({ ...fields, [name]: undefined });
    } else if (name === "factor" && value !== 2) found.push({ ...fields, factor: 2 });
    else for (const time of simplerTimes(value)) found.push({ ...fields, [name]: time });
  }
  return found as readonly Fault[];
}

const microsFloor = 1000;

/** Half of it, and rounder ones; none where it is no time. */
export function simplerTimes(value: unknown): readonly string[] {
  const parsed = duration.safeParse(value);
  if (!parsed.success || parsed.data === 0) return [];
  const micros = parsed.data;
  const found: number[] = micros / 2 >= microsFloor ? [Math.floor(micros / 2)] : [];
  for (const digits of [1, 2, 3]) {
    const unit = 10 ** (Math.floor(Math.log10(micros)) + 1 - digits);
    if (unit < 1 || micros % unit === 0) break;
    found.push(Math.floor(micros / unit) * unit, Math.ceil(micros / unit) * unit);
  }
  return found.filter((one) => one > 0 && one !== micros).map(durationText);
}
