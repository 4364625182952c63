/** M1 to M5: who is lost, who is taken for lost, and what is made good (docs/guarantees.md G8, P1). */
import { roleOf } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report, RunEnd } from "./checker.ts";
import type { Lives } from "./lives.ts";
import type { Views } from "./views.ts";
import type { World } from "./world.ts";

/** A clock may run so much faster than another before a silence counts as made up. */
const clockSlackMs = 2;

/** M1: who is heard is not taken for dead, whatever happened to the one that listens. */
export class NoFalseSilence implements Checker {
  readonly id = "M1";
  readonly promise = "a manager suspects nobody whose heartbeats reached it within suspectAfterMs";
  readonly reads = ["heartbeat-arrived", "node-suspected"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly world: World;
  private readonly suspectAfterMs: number;
  /** When a heartbeat of a node's life last came to a manager. */
  private readonly arrivals = new Map<string, number>();

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
      this.arrivals.set(`${fact.peer}#${fact.incarnation} ${fact.manager}`, at);
      return;
    }
    // A clock that jumps makes silences that nobody can tell from true ones.
    if (fact.type !== "node-suspected" || !node.startsWith("manager-") || this.world.oddClocks.has(node))
      return;
    const heard = this.arrivals.get(`${fact.peer}#${this.lives.of(fact.peer).incarnation} ${node}`);
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
}

/** M2: who is dead is found dead. */
export class TheDeadAreFound implements Checker {
  readonly id = "M2";
  readonly promise =
    "a member that died is evicted, or followed by its next life, within repairMaxMs of calm";
  readonly reads = ["node-crashed", "node-started", "node-evicted", "node-stopped"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly world: World;
  private readonly repairMaxMs: number;
  private readonly members = new Set<string>();
  private readonly dead = new Map<string, number>();
  private longestMs = 0;

  constructor(world: World, repairMaxMs: number) {
    this.follows = [world];
    this.world = world;
    this.repairMaxMs = repairMaxMs;
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
      const calmMs = this.world.calmMs(since, at);
      if (calmMs <= this.repairMaxMs) continue;
      report.evaluated();
      report.violated(`${node} died at ${since} us, and ${calmMs} ms of calm later nobody has noticed`);
    }
  }

  measured(): Readonly<Record<string, number>> {
    return { longestMs: this.longestMs };
  }

  private found(node: string, at: number, report: Report): void {
    const since = this.dead.get(node);
    if (since === undefined) return;
    this.dead.delete(node);
    report.evaluated();
    this.longestMs = Math.max(this.longestMs, (at - since) / 1000);
    const calmMs = this.world.calmMs(since, at);
    if (calmMs <= this.repairMaxMs) return;
    report.violated(
      `${node} died, and was found dead after ${calmMs} ms of calm; repairMaxMs is ${this.repairMaxMs}`,
    );
  }
}

/** M3: what was lost of the copies is made again. */
export class CopiesComeBack implements Checker {
  readonly id = "M3";
  readonly promise = "each segment has min(k, servers - 1) replicas again within repairMaxMs of calm";
  readonly reads = ["view-published", "job-ended"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly views: Views;
  private readonly world: World;
  private readonly replicas: number | undefined;
  private readonly repairMaxMs: number;
  private since: number | undefined = undefined;
  private longestMs = 0;

  constructor(
    { lives, views, world }: { readonly lives: Lives; readonly views: Views; readonly world: World },
    replicas: number | undefined,
    repairMaxMs: number,
  ) {
    this.follows = [lives, views, world];
    this.lives = lives;
    this.views = views;
    this.world = world;
    this.replicas = replicas;
    this.repairMaxMs = repairMaxMs;
  }

  observe({ at, fact }: Fact, report: Report): void {
    if (fact.type === "job-ended") return this.ended(at, report);
    if (fact.type !== "view-published") return;
    report.evaluated();
    if (this.isWhole()) {
      if (this.since !== undefined) this.decide(this.since, at, report);
      this.since = undefined;
    } else this.since ??= at;
  }

  finish({ at }: RunEnd, report: Report): void {
    if (!this.world.isJobOver) this.ended(at, report);
  }

  /** Of the run, or of its job: from then on servers go. */
  private ended(at: number, report: Report): void {
    if (this.since === undefined || this.isWhole()) return;
    this.decide(this.since, at, report);
    this.since = undefined;
  }

  measured(): Readonly<Record<string, number>> {
    return { longestMs: this.longestMs };
  }

  private decide(since: number, at: number, report: Report): void {
    this.longestMs = Math.max(this.longestMs, (at - since) / 1000);
    const calmMs = this.world.calmMs(since, at);
    if (calmMs <= this.repairMaxMs) return;
    report.violated(`copies were missing for ${calmMs} ms of calm; repairMaxMs is ${this.repairMaxMs}`);
  }

  /** As many as the servers that live could hold. */
  private isWhole(): boolean {
    const { newest } = this.views;
    if (newest === undefined) return true;
    const first = this.views.of(1) ?? newest;
    const wanted = this.replicas ?? Math.max(...first.segments.map(({ holders }) => holders.length)) - 1;
    const servers = this.lives.all.filter(({ node, isGone }) => node.startsWith("server-") && !isGone).length;
    const copies = Math.min(wanted + 1, servers);
    return newest.segments.every(({ holders }) => holders.length >= copies);
  }
}

interface Tenant {
  readonly worker: string;
  readonly incarnation: number | undefined;
}

/** M4: the dead hold nothing back: what they had to do is somebody else's. */
export class NoGhosts implements Checker {
  readonly id = "M4";
  readonly promise = "an evicted worker's slots have another holder within repairMaxMs of calm";
  readonly reads = ["slot-assigned", "node-evicted"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly world: World;
  private readonly repairMaxMs: number;
  private readonly tenants: Tenant[] = [];
  /** Slots whose holder is gone, since when. */
  private readonly vacant = new Map<number, number>();
  private longestMs = 0;

  constructor(lives: Lives, world: World, repairMaxMs: number) {
    this.follows = [lives, world];
    this.lives = lives;
    this.world = world;
    this.repairMaxMs = repairMaxMs;
  }

  observe({ at, fact }: Fact, report: Report): void {
    if (fact.type === "node-evicted" && roleOf(fact.peer) === "worker") {
      this.tenants.forEach(({ worker, incarnation }, slot) => {
        const isGone = worker === fact.peer && (incarnation ?? fact.incarnation) <= fact.incarnation;
        if (isGone && !this.vacant.has(slot)) this.vacant.set(slot, at);
      });
    }
    if (fact.type !== "slot-assigned") return;
    const { slot, worker, incarnation } = fact;
    this.tenants[slot] = { worker, incarnation };
    const since = this.vacant.get(slot);
    if (since === undefined) return;
    this.vacant.delete(slot);
    report.evaluated();
    this.decide(slot, since, at, report);
  }

  finish({ at }: RunEnd, report: Report): void {
    const isAnyLeft = this.lives.all.some(({ node, isGone }) => node.startsWith("worker-") && !isGone);
    if (this.world.isJobOver || !isAnyLeft) return;
    for (const [slot, since] of this.vacant) this.decide(slot, since, at, report);
  }

  measured(): Readonly<Record<string, number>> {
    return { longestMs: this.longestMs };
  }

  private decide(slot: number, since: number, at: number, report: Report): void {
    this.longestMs = Math.max(this.longestMs, (at - since) / 1000);
    const calmMs = this.world.calmMs(since, at);
    if (calmMs <= this.repairMaxMs) return;
    report.violated(
      `slot ${slot} was ${this.tenants[slot].worker}'s, which is gone, for ${calmMs} ms of calm; repairMaxMs is ` +
        `${this.repairMaxMs}`,
    );
  }
}

interface Notice {
  readonly at: number;
  readonly deadline: number | undefined;
}

/** M5: who is told to leave in good time leaves in time. */
export class LeavesInTime implements Checker {
  readonly id = "M5";
  readonly promise =
    "a node that is asked to leave at least leaveMaxMs of calm before its deadline has left by then";
  readonly reads: Checker["reads"] = [
    "leave-requested",
    "node-asked-to-leave",
    "node-stopped",
    "node-crashed",
    "node-paused",
    "node-resumed",
    "node-slowed",
    "link-cut",
    "link-healed",
  ];
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly world: World;
  private readonly leaveMaxMs: number;
  private readonly notices = new Map<string, Notice>();
  /** The newest fault before the fact that is being judged. */
  private faultBefore = 0;
  private longestMs = 0;

  constructor(world: World, leaveMaxMs: number) {
    this.follows = [world];
    this.world = world;
    this.leaveMaxMs = leaveMaxMs;
  }

  observe({ at, node, fact }: Fact, report: Report): void {
    const before = this.faultBefore;
    this.faultBefore = this.world.lastFaultAt;
    if (fact.type === "node-asked-to-leave") this.notices.set(fact.peer, { at, deadline: fact.killAt });
    else if (fact.type === "leave-requested" && fact.drains) {
      this.notices.set(node, { at, deadline: this.notices.get(node)?.deadline });
    } else if (fact.type === "node-stopped") this.left(node, at, report);
    else if (fact.type === "node-crashed") this.killed(fact.peer, at, { before, report });
  }

  finish(): void {}

  measured(): Readonly<Record<string, number>> {
    return { longestMs: this.longestMs };
  }

  private left(node: string, at: number, report: Report): void {
    const notice = this.notices.get(node);
    if (notice === undefined || !this.notices.delete(node)) return;
    report.evaluated();
    this.longestMs = Math.max(this.longestMs, (at - notice.at) / 1000);
  }

  private killed(
    node: string,
    at: number,
    { before, report }: { readonly before: number; readonly report: Report },
  ): void {
    const notice = this.notices.get(node);
    if (notice === undefined || !this.notices.delete(node) || notice.deadline !== at) return;
    report.evaluated();
    const calmMs = (at - Math.max(notice.at, before)) / 1000;
    if (this.world.isJobOver || calmMs < this.leaveMaxMs) return;
    report.violated(
      `${node} was asked to leave, and after ${calmMs} ms of calm it was still there; leaveMaxMs is ${this.leaveMaxMs}`,
    );
  }
}
