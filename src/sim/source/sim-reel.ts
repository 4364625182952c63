/** A simulation that makes its facts as they are asked for. */
import { type Reel, Timeline } from "../../observe/index.ts";
import { PlanRun, type RunOptions, type RunReport } from "../scenario/run.ts";
import type { ScenarioPlan } from "../scenario/plan.ts";

/** Items between two looks at how far it is: some ten milliseconds. */
const sliceItems = 500;
/** Of a simulation that is asked for more than it can do in a while. */
const slicesMax = 8;

export class SimReel implements Reel {
  readonly timeline: Timeline;
  report: RunReport | undefined;
  private readonly run: PlanRun;
  private reached = 0;

  constructor(plan: ScenarioPlan, options: Omit<RunOptions, "observe">) {
    const found = (): readonly { readonly check: string }[] => this.run.violations;
    this.timeline = new Timeline({
      get violations() {
        return found() as PlanRun["violations"];
      },
    });
    this.run = new PlanRun(plan, { ...options, observe: (fact) => this.timeline.append(fact) });
  }

  get isComplete(): boolean {
    return this.report !== undefined;
  }

  get knownMicros(): number {
    if (this.report !== undefined) return this.run.simulation.time;
    return Math.max(this.reached, Math.min(this.run.simulation.nextTime - 1, this.run.simulation.time));
  }

  /** Nothing that has happened is later. */
  get time(): number {
    return this.run.simulation.time;
  }

  makeUntil(atMicros: number): boolean {
    for (let slice = 0; slice < slicesMax; slice++) {
      if (this.report !== undefined) return true;
      if (this.run.simulation.nextTime > atMicros) {
        this.reached = Math.max(this.reached, atMicros);
        return true;
      }
      this.go(sliceItems, atMicros);
    }
    return false;
  }

  makeOne(): boolean {
    const count = this.timeline.facts.length;
    while (this.report === undefined && this.timeline.facts.length === count) this.go(1);
    return this.timeline.facts.length > count;
  }

  private go(items: number, untilMicros?: number): void {
    this.report = this.run.runSlice(items, untilMicros);
    if (this.report !== undefined) this.timeline.finish();
  }
}
