/** Smaller clusters and smaller work: each reduction lists simpler scenarios, the boldest first. */
import type { ScenarioInput } from "../scenario/scenario.ts";

export type Reduction = (scenario: ScenarioInput) => readonly ScenarioInput[];

type Fault = NonNullable<ScenarioInput["faults"]>[number];
type Workload = ScenarioInput["workload"][number];

export const reduceWork: Reduction = (scenario) => {
  const [one] = scenario.workload;
  const found: ScenarioInput[] = [];
  const put = (changed: Workload): void => {
    found.push({ ...scenario, workload: [changed] });
  };
  if (one.kind === "script") {
    // A step that waits for others by their place keeps all before it.
    const { steps } = one;
    if (steps.some(({ after }) => after !== undefined)) return found;
    steps.forEach((_, i) => {
      if (steps.length > 1) put({ ...one, steps: steps.filter((__, j) => j !== i) });
    });
    return found;
  }
  for (const [name, value] of Object.entries(one.options ?? {})) {
    const options = { ...one.options };
    if (typeof value === "number") {
      for (const less of below(value)) put({ ...one, options: { ...options, [name]: less } });
    } else {
      delete options[name];
      put({ ...one, options });
    }
  }
  if (one.kind === "application") {
    for (const keyMax of [63, 1000]) if (keyMax < (one.keyMax ?? 1_000_000)) put({ ...one, keyMax });
  }
  return found;
};

export const reduceFilters: Reduction = (scenario) => {
  const { filters } = scenario;
  if (filters === undefined) return [];
  const { push = [], pull = [] } = filters;
  const found: ScenarioInput[] = [];
  if (push.length + pull.length > 0) found.push({ ...scenario, filters: { push: [], pull: [] } });
  else if (scenario.workload[0].kind === "application") found.push(without(scenario, "filters"));
  push.forEach((_, i) => {
    found.push({ ...scenario, filters: { push: push.filter((__, j) => j !== i), pull } });
  });
  pull.forEach((_, i) => {
    found.push({ ...scenario, filters: { push, pull: pull.filter((__, j) => j !== i) } });
  });
  return found;
};

/** Fewer of everything; a node goes that no fault names, and those behind it get its place. */
export const reduceCluster: Reduction = (scenario) => {
  const { cluster } = scenario;
  const found: ScenarioInput[] = [];
  const put = (changed: Partial<ScenarioInput["cluster"]>): void => {
    found.push({ ...scenario, cluster: { ...cluster, ...changed } });
  };
  for (const role of ["server", "worker", "manager", "scheduler"] as const)
    found.push(...fewerNodes(scenario, role));
  if (cluster.slots !== undefined) {
    put({ slots: undefined });
    for (const slots of below(cluster.slots)) if (slots > 0) put({ slots });
  }
  for (const replicas of below(cluster.replicas ?? 0)) put({ replicas });
  for (const virtualServers of below(cluster.virtualServers ?? 4))
    if (virtualServers > 0) put({ virtualServers });
  const { resume } = scenario;
  if (resume !== undefined) {
    found.push(without(scenario, "resume"));
    for (const servers of below(resume.servers))
      if (servers > 0) found.push({ ...scenario, resume: { ...resume, servers } });
  }
  const { consistency } = cluster;
  if (consistency !== undefined && consistency.kind !== "sequential") {
    put({ consistency: { kind: "sequential" } });
    if (consistency.kind === "eventual" || consistency.tau > 1)
      put({ consistency: { kind: "bounded", tau: 1 } });
  }
  return found;
};

function fewerNodes(
  scenario: ScenarioInput,
  role: "server" | "worker" | "manager" | "scheduler",
): ScenarioInput[] {
  const { cluster, faults = [] } = scenario;
  const count = cluster[`${role}s`] ?? 1;
  if (count === 1) return [];
  const found: ScenarioInput[] = [];
  for (let gone = count - 1; gone >= 0; gone--) {
    const text = JSON.stringify(faults);
    if (text.includes(`"${role}-${gone}"`)) continue;
    const renamed = text.replace(new RegExp(`"${role}-(\\d+)"`, "g"), (name, digits: string) =>
      Number(digits) > gone ? `"${role}-${Number(digits) - 1}"` : name,
    );
    const less = { ...cluster, [`${role}s`]: count - 1 };
    const replicas = Math.min(cluster.replicas ?? 0, less.servers - 1);
    const slots = role === "worker" && cluster.slots === count ? count - 1 : cluster.slots;
    found.push({
      ...scenario,
      cluster: { ...less, replicas, slots },
      faults: JSON.parse(renamed) as Fault[],
    });
  }
  return found;
}

/** Nothing, one, half, one less. */
function below(value: number): readonly number[] {
  if (!Number.isInteger(value)) return [];
  const less = [0, 1, Math.floor(value / 2), value - 1].filter((one) => one >= 0 && one < value);
  return [...new Set(less)];
}

export function without<K extends keyof ScenarioInput>(scenario: ScenarioInput, field: K): ScenarioInput {
  const { [field]: _, ...rest } = scenario;
  return rest as ScenarioInput;
}
