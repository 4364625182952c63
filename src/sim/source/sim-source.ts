/**
 * A simulation on screen: it is made as it is watched, and what was made can be gone back over. What is done by hand is a
 * fault of the scenario like any other, at the next microsecond: the run is made again with it, which up to there is the
 * same to the last bit. So a file with these faults repeats what was seen.
 */
import type { JobSpec } from "../../core/index.ts";
import { type Breakage, type Capabilities, type Done, Player, type Source } from "../../observe/index.ts";
import { type ScenarioPlan, planOf } from "../scenario/plan.ts";
import type { RunOptions, RunReport } from "../scenario/run.ts";
import type { Scenario } from "../scenario/scenario.ts";
import { byHand, type ByHand, healed, writtenFault } from "./by-hand.ts";
import { type ScenarioFile, savedScenario } from "./saved-scenario.ts";
import { SimReel } from "./sim-reel.ts";

export interface SimSourceOptions {
  readonly title: string;
  readonly scenario: Scenario;
  readonly seed: string;
  readonly job: JobSpec;
  readonly run: Omit<RunOptions, "observe">;
  /** What the scenario was read from. */
  readonly file: ScenarioFile;
  /** Writes a file; what goes wrong is thrown. */
  readonly write: (path: string, text: string) => void;
}

interface Branch {
  readonly at: number;
  readonly seed: string;
}

export class SimSource extends Player implements Source {
  readonly kind = "sim" as const;
  readonly title: string;
  readonly can: Capabilities = {
    rewind: true,
    speed: true,
    break: true,
    confirmBreak: false,
    branch: true,
    save: true,
    messages: true,
  };
  private readonly options: SimSourceOptions;
  private hands: readonly ByHand[] = [];
  private branches: readonly Branch[] = [];

  constructor(options: SimSourceOptions) {
    super(new SimReel(planOf(options.scenario, options.seed, options.job), options.run));
    this.options = options;
    this.title = options.title;
  }

  /** How the run ended, as far as it was made. */
  get report(): RunReport | undefined {
    return this.simReel.report;
  }

  break(breakage: Breakage): Done {
    const refusal = this.refusal();
    if (refusal !== undefined) return { ok: false, reason: refusal };
    const next = this.nextMicros;
    // What was done at this very moment is not shown yet, and stays.
    const hands = this.hands.filter(({ at }) => at <= next);
    if (breakage.kind === "heal") return this.heal(hands);
    if ("node" in breakage) {
      const node = this.view().nodes.find((one) => one.node === breakage.node);
      const isGone = node?.state === "lost" || node?.state === "stopped";
      if (isGone) return { ok: false, reason: `${breakage.node} does not live` };
    }
    const { scenario } = this.options;
    const around = { ...scenario, faults: faultsOf(scenario, hands) };
    const made = byHand(breakage, next, around);
    if (!made.ok) return made;
    this.again([...hands, made.made]);
    return { ok: true, text: wordsOf(made.made) };
  }

  branch(seed: string): Done {
    const refusal = this.refusal();
    if (refusal !== undefined) return { ok: false, reason: refusal };
    const next = this.nextMicros;
    this.branches = [...this.branches.filter(({ at }) => at < next), { at: next, seed }];
    this.again(this.hands.filter(({ at }) => at <= next));
    return { ok: true, text: `from here on with seed ${seed}` };
  }

  save(path: string): Done {
    const { scenario, seed, file, write } = this.options;
    const { hands, branches } = this;
    try {
      const verdict = this.report?.verdict;
      write(path, savedScenario({ file, scenario, seed, path, hands, branches, verdict }));
    } catch (error) {
      return { ok: false, reason: `${path}: ${error instanceof Error ? error.message : String(error)}` };
    }
    return { ok: true, text: `tauring sim run ${path} repeats it` };
  }

  private heal(hands: readonly ByHand[]): Done {
    const now = this.nextMicros;
    const whole = hands.map((one) => healed(one, now) ?? one);
    const count = whole.filter((one, i) => one !== hands[i]).length;
    if (count === 0) return { ok: false, reason: "no cut was made by hand that lasts until now" };
    this.again(whole);
    return { ok: true, text: `${count === 1 ? "the cut is" : `${count} cuts are`} healed` };
  }

  /** Makes the run again up to now, with other faults from now on. */
  private again(hands: readonly ByHand[]): void {
    this.hands = hands;
    const now = this.nextMicros - 1;
    const reel = new SimReel(this.plan(), this.options.run);
    while (!reel.makeUntil(now));
    this.replace(reel);
  }

  private plan(): ScenarioPlan {
    const { scenario, seed, job } = this.options;
    const faults = faultsOf(scenario, this.hands);
    const reseeds = [...scenario.reseeds, ...this.branches];
    return planOf({ ...scenario, faults: [...faults], reseeds }, seed, job);
  }

  private refusal(): string | undefined {
    const { isComplete, atMicros, endMicros } = this.playhead();
    return isComplete && atMicros >= endMicros ? "the run is over: go back to where it goes on" : undefined;
  }

  /** The first moment of which nothing is shown yet. */
  private get nextMicros(): number {
    return Math.floor(this.playhead().atMicros) + 1;
  }

  private get simReel(): SimReel {
    return this.reel as SimReel;
  }
}

function faultsOf(scenario: Scenario, hands: readonly ByHand[]): Scenario["faults"] {
  const made = hands.flatMap(({ raw }) => {
    const written = writtenFault(raw);
    return typeof written === "string" ? [] : [written];
  });
  return [...scenario.faults, ...made];
}

function wordsOf({ at, raw: { kind, at: _at, ...rest } }: ByHand): string {
  const fields = Object.entries(rest).map(([name, value]) =>
    name === "node" ? String(value) : `${name} ${Array.isArray(value) ? value.join(", ") : String(value)}`,
  );
  return `${String(kind)} ${fields.join(", ")} at ${(at / 1e6).toFixed(6)} s`;
}
