/** What was done by hand to a real cluster, kept so that it can be written as a scenario that repeats it. */
import { writeFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { stringify } from "yaml";
import type { Breakage, ClusterView, Done } from "../../observe/index.ts";
import { byHand, describeProblems, formatScenario, parseScenario, type RawFault } from "../../sim/index.ts";
import { messageOf } from "../exit.ts";
import { readText } from "../files.ts";

interface Deed {
  /** By the clock of the nodes. */
  readonly at: number;
  breakage: Exclude<Breakage, { kind: "heal" }>;
}

export interface SavedDeeds {
  readonly path: string;
  readonly job: { readonly path: string; readonly options: Readonly<Record<string, number>> } | undefined;
  readonly view: ClusterView;
  readonly addresses: readonly string[];
}

/** A job that is done again goes on for longer than it was watched: what was done last has consequences too. */
const passesSpare = 1.5;
const passesMin = 20;

export class DoneByHand {
  private readonly deeds: Deed[] = [];

  add(breakage: Breakage, view: ClusterView): void {
    if (breakage.kind === "heal") return this.healed(view.atMicros);
    this.deeds.push({ at: view.atMicros, breakage });
  }

  /** Every cut that lasted until now. */
  private healed(now: number): void {
    for (const deed of this.deeds) {
      const { at, breakage } = deed;
      if (breakage.kind !== "cut" || at + (breakage.forMicros ?? Infinity) <= now) continue;
      deed.breakage = { ...breakage, forMicros: Math.max(1, Math.round(now - at)) };
    }
  }

  /** Whoever started the node that was killed has started it again. */
  cameBack(node: string, at: number): void {
    const deed = this.deeds.findLast(({ breakage }) => breakage.kind === "kill" && breakage.node === node);
    if (deed?.breakage.kind !== "kill" || deed.breakage.restartAfterMicros !== null) return;
    deed.breakage = { ...deed.breakage, restartAfterMicros: Math.max(1000, Math.round(at - deed.at)) };
  }

  save({ path, job, view, addresses }: SavedDeeds): Done {
    if (this.deeds.length === 0) return { ok: false, reason: "nothing was done by hand so far" };
    if (job === undefined) {
      return {
        ok: false,
        reason: `${path}: of which job? :scenario ${path} JOB.yaml, the file that was trained`,
      };
    }
    try {
      const text = this.text(path, job, { view, addresses });
      // What is there already is somebody's.
      writeFileSync(path, text, { flag: "wx" });
    } catch (error) {
      return { ok: false, reason: `${path}: ${messageOf(error)}` };
    }
    const isSlowed = this.deeds.some(({ breakage }) => breakage.kind === "slow");
    const virtual = `tauring sim run ${path} repeats it`;
    const launch = `tauring launch --scenario ${path}${this.needsEtcd ? " --registry etcd://HOST:PORT" : ""}`;
    const text = isSlowed ? virtual : `${virtual}; ${launch}, on processes`;
    return { ok: true, text };
  }

  private text(
    path: string,
    job: { readonly path: string; readonly options: Readonly<Record<string, number>> },
    { view, addresses }: Pick<SavedDeeds, "view" | "addresses">,
  ): string {
    readText(job.path);
    const { header, convergence } = view;
    const began =
      convergence.newest === null
        ? header.startedAt
        : convergence.newest.at - convergence.newest.elapsedMicros;
    const passesMax = Math.max(passesMin, Math.ceil((convergence.newest?.pass ?? 0) * passesSpare));
    const cluster = {
      servers: this.countOf("server", view),
      workers: this.countOf("worker", view),
      replicas: Math.max(0, ...view.ring.segments.map(({ holders }) => holders.length - 1)),
      ...(header.consistency === null ? {} : { consistency: header.consistency }),
    };
    const fields = {
      schema: "tauring.scenario/1",
      name: "done-by-hand",
      why: `What was done by hand to a real cluster at ${addresses.join(", ")}`,
      seed: "by hand",
      targets: ["sim", "real"],
      expect: { faults: "may-miss" },
      cluster,
      workload: [
        {
          kind: "train",
          job: relative(dirname(resolve(path)), resolve(job.path)),
          options: { ...job.options, passesMax },
        },
      ],
    };
    const scenario = parsed(stringify(fields), path);
    const faults: RawFault[] = [];
    for (const { at, breakage } of this.deeds) {
      const written = parsed(stringify({ ...fields, faults }), path).faults;
      const made = byHand(breakage, Math.max(1, Math.round(at - (began ?? at))), {
        ...scenario,
        faults: written,
      });
      if (!made.ok) throw new Error(`${breakage.kind} cannot be repeated: ${made.reason}`);
      faults.push(made.made.raw);
    }
    return formatScenario(stringify({ ...fields, faults }));
  }

  /** Only there are the registry's wires others than the manager's. */
  private get needsEtcd(): boolean {
    return this.deeds.some(
      ({ breakage }) => breakage.kind === "cut" && [...breakage.from, ...breakage.to].includes("registry"),
    );
  }

  /** As many as there were before somebody joined. */
  private countOf(role: "server" | "worker", { nodes }: ClusterView): number {
    const joined = this.deeds.filter(({ breakage }) => breakage.kind === "join" && breakage.role === role);
    return nodes.filter((node) => node.role === role).length - joined.length;
  }
}

function parsed(
  text: string,
  path: string,
): Extract<ReturnType<typeof parseScenario>, { ok: true }>["value"] {
  const read = parseScenario(text, path);
  if (!read.ok) throw new Error(describeProblems(read.problems));
  return read.value;
}
