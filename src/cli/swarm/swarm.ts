/**
 * A swarm: the scenarios that found bugs first, then random runs from a range of seeds, a canary beside them, and a
 * share of the runs once more in fresh processes, where they must be the same to the last bit.
 */
import type { ScenarioInput } from "../../sim/index.ts";
import { drawRun, kindOf } from "../../sim/swarm/index.ts";
import { canary } from "./canary.ts";
import { corpus, regressions } from "./corpus.ts";
import type { Order, Outcome } from "./messages.ts";
import { parentsOf } from "./parents.ts";
import { isAsExpected } from "./run-order.ts";
import { Tally } from "./tally.ts";
import { employ, type Work } from "./workforce.ts";

export interface SwarmOptions {
  readonly seedFirst: number;
  /** Undefined: as many as fit. */
  readonly seeds: number | undefined;
  readonly timeMs: number | undefined;
  readonly jobs: number;
}

export interface Failure {
  readonly outcome: Outcome;
  /** Why it is one, where the run itself does not say. */
  readonly reason: string;
}

/** One run in twenty is repeated. */
const repeatEvery = 20;
/** So many runs are repeated by one fresh process. */
const repeatsAtOnce = 25;
/** Of plans that reached something new. */
const poolMax = 200;

export class Swarm {
  readonly tally = new Tally();
  readonly failures: Failure[] = [];
  readonly regressions = { run: 0, failed: 0 };
  readonly repeats = { run: 0, unequal: 0 };
  readonly canary: { runs: number; found: Outcome | undefined; isMissed: boolean } = {
    runs: 0,
    found: undefined,
    isMissed: false,
  };
  private readonly options: SwarmOptions;
  private readonly failed: (failure: Failure) => void;
  private readonly beganAt = performance.now();
  private readonly corpus = corpus();
  private readonly waitingRegressions = regressions();
  private readonly pool: ScenarioInput[] = [];
  private repeatsWaiting: Outcome[] = [];
  private repeating: Promise<void> = Promise.resolve();
  private seedsGiven = 0;
  private isStopped = false;

  /** `failed` hears of each failure at once. */
  constructor(options: SwarmOptions, failed: (failure: Failure) => void) {
    this.options = options;
    this.failed = failed;
  }

  get seconds(): number {
    return (performance.now() - this.beganAt) / 1000;
  }

  get seedFirst(): number {
    return this.options.seedFirst;
  }

  get seedsRun(): number {
    return this.seedsGiven;
  }

  /** What is running is finished, and nothing else is begun. */
  stop(): void {
    this.isStopped = true;
  }

  async run(): Promise<void> {
    const work: Work = {
      next: () => this.next(),
      done: (outcome) => this.done(outcome),
      lost: (order, how) => this.lost(order, how),
    };
    // The canary takes its turn before the last of the processes goes on to the search.
    const searchers = Array.from({ length: this.options.jobs }, async (_, i) => {
      if (i === this.options.jobs - 1) await employ(this.canaryWork(), canary.edits);
      await employ(work);
    });
    await Promise.all(searchers);
    this.canary.isMissed = !this.isStopped && this.canary.found === undefined;
    this.repeatSome(0);
    await this.repeating;
  }

  private next(): Order | undefined {
    if (this.isStopped) return undefined;
    const regression = this.waitingRegressions.shift();
    if (regression !== undefined)
      return { type: "scenario", seed: Number(regression.seed) || 0, scenario: regression };
    const { seedFirst, seeds, timeMs } = this.options;
    if (seeds !== undefined && this.seedsGiven >= seeds) return undefined;
    if (timeMs !== undefined && this.seconds * 1000 >= timeMs) return undefined;
    const seed = seedFirst + this.seedsGiven++;
    const kind = kindOf(seed);
    return {
      type: "seed",
      seed,
      kind,
      parents: parentsOf(seed, kind, kind === "novel" ? this.pool : this.corpus),
    };
  }

  private done(outcome: Outcome): void {
    if (outcome.kind === "regression") {
      this.regressions.run++;
      if (!isAsExpected(outcome)) {
        this.regressions.failed++;
        this.fail({ outcome, reason: `it came back: ${outcome.reason ?? outcome.verdict}` });
      }
      this.tally.add(outcome);
      return;
    }
    const news = this.tally.add(outcome);
    if (!isAsExpected(outcome)) this.fail({ outcome, reason: outcome.reason ?? outcome.verdict });
    else if (news > 0) this.keep(outcome.scenario);
    if (outcome.seed % repeatEvery === 0 && outcome.verdict !== "broken") {
      this.repeatsWaiting.push(outcome);
      this.repeatSome(repeatsAtOnce - 1);
    }
  }

  /** Newer plans push out older ones: what they reached is known by then. */
  private keep(scenario: ScenarioInput): void {
    this.pool.push(scenario);
    if (this.pool.length > poolMax) this.pool.shift();
  }

  private lost(order: Order, how: string): void {
    if (this.isStopped) return;
    const scenario =
      order.type === "scenario" ? order.scenario : drawRun(order.seed, order.kind, order.parents);
    const outcome = {
      ...nothing,
      seed: order.seed,
      kind: order.type === "seed" ? order.kind : "regression",
      scenario,
    } as const;
    this.fail({ outcome, reason: `the process that ran it ended by ${how}` });
  }

  private fail(failure: Failure): void {
    this.failures.push(failure);
    this.failed(failure);
  }

  private canaryWork(): Work {
    const { seedFirst, runsMax, caughtBy } = canary;
    return {
      next: () => {
        if (this.isStopped || this.canary.found !== undefined || this.canary.runs >= runsMax)
          return undefined;
        return { type: "seed", seed: seedFirst + this.canary.runs++, kind: "drawn", parents: [] };
      },
      done: (outcome) => {
        if (caughtBy.includes(outcome.check ?? "")) this.canary.found ??= outcome;
      },
      lost: () => {},
    };
  }

  /** Where more than so many wait, one fresh process does them, one batch after the other. */
  private repeatSome(waitingMax: number): void {
    if (this.repeatsWaiting.length <= waitingMax) return;
    const batch = this.repeatsWaiting;
    this.repeatsWaiting = [];
    this.repeating = this.repeating.then(() => employ(this.repeatWork(batch)));
  }

  private repeatWork(batch: Outcome[]): Work {
    let first: Outcome | undefined;
    return {
      next: () => {
        first = this.isStopped ? undefined : batch.shift();
        return first && { type: "scenario", seed: first.seed, scenario: first.scenario };
      },
      done: ({ traceHash }) => {
        if (first === undefined) throw new Error("Invariant: a repeat follows its run");
        this.repeats.run++;
        if (traceHash === first.traceHash) return;
        this.repeats.unequal++;
        const reason = `another trace in a fresh process: ${first.traceHash}, then ${traceHash}`;
        this.fail({ outcome: first, reason });
      },
      lost: (order, how) => this.lost(order, how),
    };
  }
}

const nothing = {
  verdict: "broken",
  reason: undefined,
  failure: undefined,
  check: undefined,
  traceHash: "",
  events: 0,
  virtualSeconds: 0,
  wallMs: 0,
  checks: {},
  facts: {},
  faultEvents: {},
  features: [],
} as const;
