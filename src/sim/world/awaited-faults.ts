/** Faults that wait for a fact, or for the moment at which it is known who they are for. */
import type { NodeId, Observation } from "../../core/index.ts";
import { bindFault } from "./bind-fault.ts";
import { Cast, type Said } from "./cast.ts";
import { type AwaitedFault, endOf, type Fault, type Trigger } from "./fault.ts";
import { matches } from "./match-fact.ts";

interface Wait {
  readonly awaited: AwaitedFault;
  readonly trigger: Trigger;
  seen: number;
  /** Of its type, whoever said it and whatever it said. */
  ofType: number;
}

/** One that did nothing, and why. */
export interface MissedFault {
  readonly index: number;
  readonly reason: string;
}

export interface AwaitedStage {
  now(): number;
  act(at: number, act: () => void): void;
  begin(fault: Fault): void;
}

export class AwaitedFaults {
  private readonly stage: AwaitedStage;
  private readonly cast = new Cast();
  private readonly waits: Wait[] = [];
  private readonly nobody = new Map<number, string>();
  private readonly timed: AwaitedFault[] = [];
  private readonly done = new Set<AwaitedFault>();
  /** Those that were healed before they happened. */
  private readonly calledOff = new Set<AwaitedFault>();
  private end = 0;

  constructor(list: readonly AwaitedFault[], stage: AwaitedStage) {
    this.stage = stage;
    for (const awaited of list) {
      const { when } = awaited;
      if (typeof when !== "number") this.waits.push({ awaited, trigger: when, seen: 0, ofType: 0 });
      else {
        this.timed.push(awaited);
        stage.act(when, () => this.fire(awaited, undefined));
      }
    }
  }

  /** By when every one that has happened is over. */
  get endedAt(): number {
    return this.end;
  }

  observe(fact: Observation, node: NodeId | undefined): void {
    this.cast.observe(fact, node);
    for (const wait of this.waits) {
      const { trigger, awaited } = wait;
      if (wait.seen >= trigger.nth || trigger.fact !== fact.type || !this.isMeant(awaited)) continue;
      wait.ofType++;
      const said = { node, fact };
      if (!matches(trigger, said, (target) => this.cast.who(target, said))) continue;
      wait.seen++;
      if (wait.seen < trigger.nth) continue;
      this.stage.act(this.stage.now() + trigger.afterMicros, () => this.fire(awaited, said));
    }
  }

  /** What lasts is over, and what stands before it in the list and still waits for a fact does not happen. */
  healed(index: number): void {
    this.end = Math.min(this.end, this.stage.now());
    for (const { awaited, trigger, seen } of this.waits)
      if (awaited.index < index && seen < trigger.nth) this.calledOff.add(awaited);
  }

  /** Is it its time? */
  private isMeant(awaited: AwaitedFault): boolean {
    if (this.calledOff.has(awaited) || typeof awaited.when === "number") return false;
    const { fromMicros = 0, untilMicros = Number.POSITIVE_INFINITY } = awaited.when;
    const now = this.stage.now();
    return now >= fromMicros && now < untilMicros;
  }

  /** Those that have not happened, each once. */
  missed(): readonly MissedFault[] {
    const found = new Map<number, string>(this.nobody);
    for (const { awaited, trigger, seen, ofType } of this.waits) {
      if (this.done.has(awaited)) continue;
      const { fact, nth } = trigger;
      const came = `waited for ${fact} number ${nth}: of ${ofType} that came ${seen} matched`;
      const late = this.calledOff.has(awaited)
        ? `${came} before all was healed`
        : "came too late: the run was over";
      const why = seen < nth && !this.calledOff.has(awaited) ? came : late;
      found.set(awaited.index, found.get(awaited.index) ?? why);
    }
    for (const awaited of this.timed) {
      if (!this.done.has(awaited) && !found.has(awaited.index))
        found.set(awaited.index, "came too late: the run was over");
    }
    return [...found].map(([index, reason]) => ({ index, reason })).sort((a, b) => a.index - b.index);
  }

  /** Parts of one fault may come later than its first. */
  private fire(awaited: AwaitedFault, said: Said | undefined): void {
    const now = this.stage.now();
    const fault = bindFault(awaited.fault, now, (target) => this.cast.who(target, said));
    this.done.add(awaited);
    if (fault === undefined) {
      const meant = "node" in awaited.fault ? awaited.fault.node : "either end of its link";
      this.nobody.set(awaited.index, `was for nobody: none was ${meant} then`);
      return;
    }
    this.end = Math.max(this.end, endOf(fault));
    if (fault.at <= now) this.stage.begin(fault);
    else this.stage.act(fault.at, () => this.stage.begin(fault));
  }
}
