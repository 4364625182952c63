/** Does to nodes and links what the plan says, when it says so. Faults draw nothing. */
import type { NodeId } from "../../core/index.ts";
import type { Cut, Cuts } from "./cuts.ts";
import type { Fault, FaultEvent } from "./fault.ts";
import { type Home, isDown, type Life, type LifeItem, type TimerItem } from "./home.ts";
import { NodeClock } from "./node-clock.ts";

/** What faults may do to the world. */
export interface Stage {
  readonly cuts: Cuts;
  home(node: NodeId): Home;
  now(): number;
  act(at: number, act: () => void): void;
  /** Begins the node's next life at that time, unless the job is over before. */
  launch(home: Home, at: number): void;
  kill(life: Life): void;
  requestStop(life: Life, reason: string): void;
  happen(item: LifeItem): void;
  setTimer(timer: TimerItem): void;
  /** The cut has ended: what it broke is open again in a while. */
  heal(cut: Cut): void;
  tell(event: FaultEvent): void;
}

type Of<Kind extends Fault["kind"]> = Fault & { readonly kind: Kind };

export class Faults {
  private readonly stage: Stage;
  private readonly joiners = new Set<NodeId>();

  constructor(faults: readonly Fault[], stage: Stage) {
    this.stage = stage;
    for (const fault of faults) {
      if (fault.kind === "join") this.join(fault);
      else stage.act(fault.at, () => this.begin(fault));
    }
  }

  joinsLater(node: NodeId): boolean {
    return this.joiners.has(node);
  }

  private begin(fault: Exclude<Fault, Of<"join">>): void {
    switch (fault.kind) {
      case "crash":
        return this.crash(fault);
      case "pause":
        return this.pause(fault);
      case "cut":
        return this.cut(fault);
      case "preempt":
        return this.preempt(fault);
      case "slow":
        return this.slow(fault);
      case "clock":
        return this.changeClock(fault);
      default:
        throw new Error(`Invariant: no such fault: ${JSON.stringify(fault satisfies never)}`);
    }
  }

  private join({ node, at }: Of<"join">): void {
    this.joiners.add(node);
    this.stage.launch(this.stage.home(node), at);
  }

  private crash({ node, restartAt }: Of<"crash">): void {
    const home = this.stage.home(node);
    if (!this.kill(home)) return;
    if (restartAt !== undefined) this.stage.launch(home, restartAt);
  }

  /** False where it does not live. */
  private kill(home: Home): boolean {
    if (home.life === undefined || isDown(home)) return false;
    this.stage.kill(home.life);
    this.stage.tell({ type: "node-crashed", node: home.id });
    return true;
  }

  private pause({ node, until }: Of<"pause">): void {
    const { life } = this.stage.home(node);
    if (life?.state !== "running") return;
    life.state = "paused";
    this.stage.tell({ type: "node-paused", node });
    this.stage.act(until, () => this.resume(life));
  }

  /** What came meanwhile happens at once, in the order in which it came; timers among it are late. */
  private resume(life: Life): void {
    if (life.state !== "paused") return;
    life.state = "running";
    this.stage.tell({ type: "node-resumed", node: life.home.id });
    for (const item of life.missed.splice(0)) if (isRunning(life)) this.stage.happen(item);
  }

  private cut(fault: Of<"cut">): void {
    const { stage } = this;
    const { from, to, until } = fault;
    const cut = stage.cuts.begin(fault);
    stage.tell({ type: "link-cut", from, to });
    stage.act(until, () => {
      stage.cuts.end(cut);
      stage.tell({ type: "link-healed", from, to });
      stage.heal(cut);
    });
  }

  private preempt({ node, killAt }: Of<"preempt">): void {
    const { stage } = this;
    const home = stage.home(node);
    const { life } = home;
    if (life !== undefined && !isDown(home)) {
      life.isLeaving = true;
      stage.tell({ type: "node-asked-to-leave", node, killAt });
      stage.requestStop(life, `the operator asks ${node} to leave`);
    }
    stage.act(killAt, () => {
      home.isGone = true;
      this.kill(home);
    });
  }

  private slow({ node, until, factor }: Of<"slow">): void {
    const { stage } = this;
    const { computer } = stage.home(node);
    computer.slowness = factor;
    stage.tell({ type: "node-slowed", node, factor });
    stage.act(until, () => {
      computer.slowness = 1;
      stage.tell({ type: "node-slowed", node, factor: 1 });
    });
  }

  /** Timers that are set become due by the clock as it goes from now on. */
  private changeClock({ node, stepMicros, drift }: Of<"clock">): void {
    const home = this.stage.home(node);
    home.clock ??= new NodeClock();
    home.clock.change(this.stage.now(), stepMicros, drift);
    this.stage.tell({ type: "clock-changed", node });
    for (const timer of home.life?.timers.values() ?? []) this.stage.setTimer({ ...timer });
  }
}

function isRunning({ state }: Life): boolean {
  return state === "running";
}
