/**
 * Faults of real processes. Those that wait for a time count from when the job has its workers: processes take seconds to
 * find one another, which the simulated ones do in milliseconds.
 */
import type { NodeId, Observation } from "../../core/index.ts";
import {
  type AwaitedFault,
  AwaitedFaults,
  type AwaitedStage,
  type Fault,
  type MissedFault,
} from "../../sim/index.ts";

export class StartedFaults {
  private readonly stage: AwaitedStage;
  private readonly given: AwaitedStage;
  private readonly triggered: AwaitedFaults;
  private readonly timed: readonly AwaitedFault[];
  private begun: AwaitedFaults | undefined = undefined;
  /** Who plays which part is known from the beginning on. */
  private readonly before: (readonly [Observation, NodeId | undefined])[] = [];

  constructor(list: readonly AwaitedFault[], stage: AwaitedStage) {
    this.stage = { ...stage, begin: (fault) => this.started(fault) };
    this.given = stage;
    this.triggered = new AwaitedFaults(
      list.filter(({ when }) => typeof when !== "number"),
      this.stage,
    );
    this.timed = list.filter(({ when }) => typeof when === "number");
  }

  observe(fact: Observation, node: NodeId | undefined): void {
    this.triggered.observe(fact, node);
    if (this.begun !== undefined) return this.begun.observe(fact, node);
    this.before.push([fact, node]);
    if (fact.type === "slot-assigned") this.begin();
  }

  missed(): readonly MissedFault[] {
    const never = this.timed.map(({ index }) => ({ index, reason: "waited for a job that never began" }));
    return [...this.triggered.missed(), ...(this.begun?.missed() ?? never)].sort((a, b) => a.index - b.index);
  }

  private started(fault: Fault): void {
    if (fault.kind === "heal-all" || fault.kind === "core") {
      this.triggered.healed(fault.index);
      this.begun?.healed(fault.index);
    }
    this.given.begin(fault);
  }

  private begin(): void {
    const now = this.stage.now();
    this.begun = new AwaitedFaults(
      this.timed.map((one) => ({ ...one, when: now + (one.when as number) })),
      this.stage,
    );
    for (const [fact, node] of this.before) this.begun.observe(fact, node);
    this.before.length = 0;
  }
}
