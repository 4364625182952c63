/** M3, M4: what was lost with a node is made good (docs/guarantees.md G8, P1). */
import { roleOf } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report, RunEnd } from "./checker.ts";
import type { Lives } from "./lives.ts";
import { Repairs } from "./repairs.ts";
import type { Views } from "./views.ts";
import type { World } from "./world.ts";

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
  private readonly repairs: Repairs;
  private since: number | undefined = undefined;

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
    this.repairs = new Repairs(world, repairMaxMs);
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
    return { longestMs: this.repairs.longestMs };
  }

  private decide(since: number, at: number, report: Report): void {
    const late = this.repairs.late(since, at);
    if (late !== undefined) report.violated(`copies were missing for ${late}`);
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
  private readonly repairs: Repairs;
  private readonly tenants: Tenant[] = [];
  /** Slots whose holder is gone, since when. */
  private readonly vacant = new Map<number, number>();

  constructor(lives: Lives, world: World, repairMaxMs: number) {
    this.follows = [lives, world];
    this.lives = lives;
    this.world = world;
    this.repairs = new Repairs(world, repairMaxMs);
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
    return { longestMs: this.repairs.longestMs };
  }

  private decide(slot: number, since: number, at: number, report: Report): void {
    const late = this.repairs.late(since, at);
    if (late === undefined) return;
    report.violated(`slot ${slot} was ${this.tenants[slot].worker}'s, which is gone, for ${late}`);
  }
}
