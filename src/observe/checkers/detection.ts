/** M1, M2: who is taken for dead, and who is found dead (docs/guarantees.md P1). */
import { recordKeys } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report, RunEnd } from "./checker.ts";
import { madeAt } from "./identity.ts";
import type { Lives } from "./lives.ts";
import { Repairs } from "./repairs.ts";
import type { World } from "./world.ts";

/** A clock may run so much faster than another before a silence counts as made up. */
const clockSlackMs = 2;

/** M1: who is heard is not taken for dead, whatever happened to the one that listens. */
export class NoFalseSilence implements Checker {
  readonly id = "M1";
  readonly promise = "a manager suspects nobody whose heartbeats reached it within suspectAfterMs";
  readonly reads = ["heartbeat-arrived", "node-started", "node-suspected", "record-written"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly world: World;
  private readonly suspectAfterMs: number;
  /** By node: when a heartbeat of one of its lives last came to a manager. */
  private readonly arrivals = new Map<string, Arrival[]>();
  private readonly startedAt = new Map<string, number>();
  /** How many terms there had been when a node took its newest one. */
  private readonly tookTerm = new Map<string, number>();
  private termCount = 0;

  constructor(lives: Lives, world: World, suspectAfterMs: number) {
    this.follows = [lives, world];
    this.lives = lives;
    this.world = world;
    this.suspectAfterMs = suspectAfterMs;
  }

  observe({ at, node, fact }: Fact, report: Report): void {
    if (fact.type === "heartbeat-arrived") {
      const { incarnation } = this.lives.of(fact.manager);
      if (incarnation > 0 && fact.managerIncarnation !== incarnation) return;
      const known = this.arrival(fact.peer, fact.incarnation, fact.manager);
      if (known !== undefined) known.at = at;
      else {
        const { peer, incarnation: life, manager } = fact;
        madeAt(this.arrivals, peer, newArrivals).push({ incarnation: life, manager, at });
      }
      return;
    }
    if (fact.type === "node-started") {
      this.startedAt.set(node, at);
      return;
    }
    if (fact.type === "record-written") {
      if (fact.key === recordKeys.term("manager")) this.tookTerm.set(fact.by, ++this.termCount);
      return;
    }
    // A clock that jumps makes silences that nobody can tell from true ones.
    if (fact.type !== "node-suspected" || !node.startsWith("manager-") || this.world.oddClocks.has(node))
      return;
    // Who follows waits for the answers of whoever leads: a heartbeat of it that comes late is of the time when it followed.
    if ((this.tookTerm.get(fact.peer) ?? 0) > (this.tookTerm.get(node) ?? 0)) return;
    // A silence that began before its present life is of the one before: the manager has not been told of this one yet.
    if (at - fact.silentMs * 1000 < (this.startedAt.get(fact.peer) ?? 0)) return;
    const heard = this.arrival(fact.peer, this.lives.of(fact.peer).incarnation, node)?.at;
    if (heard === undefined) return;
    report.evaluated();
    const silentMs = (at - heard) / 1000;
    if (silentMs + clockSlackMs >= this.suspectAfterMs) return;
    report.violated(
      `${node} took ${fact.peer} for silent since ${fact.silentMs} ms, and a heartbeat of it came ${silentMs} ms ago; ` +
        `suspectAfterMs is ${this.suspectAfterMs}`,
    );
  }

  finish(): void {}

  private arrival(peer: string, incarnation: number, manager: string): Arrival | undefined {
    const arrivals = this.arrivals.get(peer);
    if (arrivals === undefined) return undefined;
    for (const one of arrivals) if (one.incarnation === incarnation && one.manager === manager) return one;
    return undefined;
  }
}

interface Arrival {
  readonly incarnation: number;
  readonly manager: string;
  at: number;
}

function newArrivals(): Arrival[] {
  return [];
}

/** M2: who is dead is found dead. */
export class TheDeadAreFound implements Checker {
  readonly id = "M2";
  readonly promise =
    "a member that died is evicted, or followed by its next life, within repairMaxMs of calm";
  readonly reads = ["node-crashed", "node-started", "node-evicted", "node-stopped"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly world: World;
  private readonly repairs: Repairs;
  private readonly members = new Set<string>();
  private readonly dead = new Map<string, number>();

  constructor(world: World, repairMaxMs: number) {
    this.follows = [world];
    this.world = world;
    this.repairs = new Repairs(world, repairMaxMs);
  }

  observe({ at, node, fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "node-started":
        this.found(node, at, report);
        // The manager listens to all others, and its own loss is its follower's to find.
        if (!node.startsWith("manager-")) this.members.add(node);
        return;
      case "node-evicted":
        this.members.delete(fact.peer);
        return this.found(fact.peer, at, report);
      case "node-stopped":
        this.members.delete(node);
        return;
      case "node-crashed":
        if (this.members.delete(fact.peer)) this.dead.set(fact.peer, at);
    }
  }

  finish({ at }: RunEnd, report: Report): void {
    if (this.world.isJobOver) return;
    for (const [node, since] of this.dead) {
      const late = this.repairs.late(since, at);
      if (late === undefined) continue;
      report.evaluated();
      report.violated(`${node} died, and nobody has noticed after ${late}`);
    }
  }

  measured(): Readonly<Record<string, number>> {
    return { longestMs: this.repairs.longestMs };
  }

  private found(node: string, at: number, report: Report): void {
    const since = this.dead.get(node);
    if (since === undefined) return;
    this.dead.delete(node);
    report.evaluated();
    const late = this.repairs.late(since, at);
    if (late !== undefined) report.violated(`${node} died, and was found dead after ${late}`);
  }
}
