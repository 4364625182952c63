/** `phases`: one after the other, each with its own faults. They are a way to write faults: what runs has none. */
import { z } from "zod";
import { coreWithinMicros, fault, type WrittenFault } from "./fault-fields.ts";
import type { ScenarioInput } from "./scenario.ts";
import { duration, durationText } from "./units.ts";

export const phase = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9-]+$/, "a phase has lower-case letters, digits and dashes")
      .optional(),
    /** Of the last: until the job ends. */
    for: duration.optional(),
    /** As it begins: everything that lasts is over, and with `core` only `nodes` are left. */
    settle: z.enum(["heal-all", "core"]).optional(),
    nodes: z.array(z.string().min(1)).min(1).max(1000).optional(),
    /** The core goes on by then. */
    within: duration.optional(),
    /** Their times count from when the phase begins; what waits for a fact waits while it lasts. */
    faults: z.array(fault).max(10_000).default([]),
  })
  .superRefine((one, context) => {
    const wrong = (path: string[], message: string): void =>
      context.addIssue({ code: "custom", path, message });
    if (one.settle === "core" && one.nodes === undefined) wrong(["settle"], "a core says who is left: nodes");
    if (one.settle !== "core" && one.nodes !== undefined) wrong(["nodes"], "goes with settle: core");
    if (one.settle !== "core" && one.within !== undefined) wrong(["within"], "goes with settle: core");
  });

type Path = readonly (string | number)[];

interface Placed<F> {
  readonly fault: F;
  /** Where it is written. */
  readonly path: Path;
}

/** A phase as it is read, or as it is written. */
interface Phase<Time, F> {
  readonly for?: Time | undefined;
  readonly settle?: "heal-all" | "core" | undefined;
  readonly nodes?: readonly string[] | undefined;
  readonly within?: Time | undefined;
  readonly faults?: readonly F[] | undefined;
}

/** What of a fault says when it is. */
interface Timed<Time> {
  readonly at?: Time | undefined;
  readonly on?:
    | { readonly fact: string; readonly from?: Time | undefined; readonly until?: Time | undefined }
    | undefined;
}

interface Times<Time> {
  readonly micros: (time: Time) => number;
  readonly time: (micros: number) => Time;
}

/** Those of no phase first. */
export function placedFaults(scenario: {
  readonly faults: readonly WrittenFault[];
  readonly phases: readonly z.output<typeof phase>[];
}): readonly Placed<WrittenFault>[] {
  const read = { micros: (time: number) => time, time: (micros: number) => micros };
  return [
    ...scenario.faults.map((one, i) => ({ fault: one, path: ["faults", i] })),
    ...(faultsOf(scenario.phases, read) as readonly Placed<WrittenFault>[]),
  ];
}

/** A phase that is not the last says how long it is. */
export function phaseComplaints(phases: readonly z.output<typeof phase>[]): readonly Path[] {
  return phases.flatMap((one, i) =>
    one.for === undefined && i < phases.length - 1 ? [["phases", i] as const] : [],
  );
}

/** The same story, with all of its faults in one list. */
export function withoutPhases(scenario: ScenarioInput): ScenarioInput {
  const { phases = [], faults = [], ...rest } = scenario;
  if (phases.length === 0) return scenario;
  const written = { micros: (time: unknown) => duration.parse(time), time: durationText };
  const placed = faultsOf<unknown, Timed<unknown>>(
    phases as readonly Phase<unknown, Timed<unknown>>[],
    written,
  );
  const all = [...faults, ...placed.map((one) => one.fault)];
  return { ...rest, faults: all as NonNullable<ScenarioInput["faults"]> };
}

function faultsOf<Time, F extends Timed<Time>>(
  phases: readonly Phase<Time, F>[],
  { micros, time }: Times<Time>,
): readonly Placed<unknown>[] {
  const found: Placed<unknown>[] = [];
  let begin = 0;
  phases.forEach(({ for: length, settle, nodes, within, faults = [] }, p) => {
    const end = length === undefined ? undefined : begin + micros(length);
    const later = (one: Time | undefined, otherwise: number | undefined): Time | undefined => {
      const at = one === undefined ? otherwise : begin + micros(one);
      return at === undefined ? undefined : time(at);
    };
    if (settle === "heal-all") found.push({ fault: { kind: settle, at: time(begin) }, path: ["phases", p] });
    if (settle === "core")
      found.push({
        fault: {
          kind: settle,
          nodes: nodes ?? [],
          at: time(begin),
          within: within ?? time(coreWithinMicros),
        },
        path: ["phases", p],
      });
    faults.forEach((one, i) => {
      const { at, on } = one;
      const waits =
        on === undefined ? undefined : { ...on, from: later(on.from, begin), until: later(on.until, end) };
      const when = { at: at === undefined ? undefined : later(at, undefined), on: waits };
      found.push({ fault: { ...one, ...when }, path: ["phases", p, "faults", i] });
    });
    begin = end ?? begin;
  });
  return found;
}
