/** O1 to O5: who holds which keys (docs/guarantees.md G7). */
import { type Observation, segmentName, type View, viewDigest } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import { LineChecker } from "./agreement.ts";
import type { Checker, Report, RunEnd } from "./checker.ts";
import { newMap, SegmentMap, placeName } from "./identity.ts";
import { type Life, lifeName, type Lives } from "./lives.ts";
import type { Views } from "./views.ts";
import type { World } from "./world.ts";

type Published = Extract<Observation, { readonly type: "view-published" }>;
type Adopted = Extract<Observation, { readonly type: "view-adopted" }>;

/** O1: one incarnation of one node is the master of a segment in a view. */
export class OneMaster extends LineChecker {
  readonly id = "O1";
  readonly promise = "in one view one node is the master of a segment";
  readonly reads = ["applied", "segment-sealed"] as const;
  /** By view. */
  private readonly masters = new SegmentMap<Map<number, Life>>();

  observe({ node, fact }: Fact, report: Report): void {
    if (fact.type !== "applied" && fact.type !== "segment-sealed") return;
    report.evaluated();
    const { parameter, segment } = fact;
    const view = fact.type === "applied" ? fact.token.view : fact.view;
    const masters = this.masters.of(parameter, segment, newMap<Life>);
    const life = this.lives.of(node);
    const master = masters.get(view);
    if (master === undefined) masters.set(view, life);
    else if (master !== life) {
      report.violated(
        `${lifeName(life)} acted as master of ${placeName(parameter, segment)} in view ${view}, where ` +
          `${lifeName(master)} is it`,
      );
    }
  }
}

/** O2: the segments of a view cover all keys once, and each is at different servers. */
export class SegmentsTile implements Checker {
  readonly id = "O2";
  readonly promise =
    "a view's segments begin where they always did, and each has different holders, each known by its incarnation";
  readonly reads = ["view-published"] as const;
  private begins: readonly number[] | undefined = undefined;

  observe({ fact }: Fact, report: Report): void {
    if (fact.type !== "view-published") return;
    report.evaluated();
    const { number, segments, incarnations } = fact.view;
    const begins = segments.map(({ begin }) => begin);
    this.begins ??= begins;
    if (begins[0] !== 0 || begins.some((begin, i) => i > 0 && begin <= begins[i - 1])) {
      report.violated(`the segments of view ${number} do not ascend from 0: ${begins.join(", ")}`);
    } else if (begins.join() !== this.begins.join()) {
      report.violated(`view ${number} has other segments than the first one`);
    }
    for (const { begin, holders, filling } of segments) {
      const all = [...holders, ...filling];
      if (holders.length === 0)
        report.violated(`segment ${segmentName(begin)} of view ${number} has no full holder`);
      if (new Set(all).size < all.length) {
        report.violated(
          `segment ${segmentName(begin)} of view ${number} names a server twice: ${all.join(", ")}`,
        );
      }
      const unknown = all.find((server) => !((incarnations[server] ?? 0) > 0));
      if (unknown !== undefined) report.violated(`view ${number} has no incarnation of ${unknown}`);
    }
  }

  finish(): void {}
}

/** O3: a view's number stands for one content, and no node goes back to an older one. */
export class OneViewANumber implements Checker {
  readonly id = "O3";
  readonly promise = "all nodes that adopt a view adopt the one that was published, and none goes back";
  readonly reads: Checker["reads"] = [
    "view-published",
    "view-adopted",
    "node-started",
    "applied",
    "entry-stored",
    "task-started",
  ];
  /** By number. */
  private readonly digests = new Map<number, number>();
  /** Of each node. */
  private readonly adopted = new Map<string, number>();
  /** Nodes that went back: a new life of one looks at the registry before it says that it is there. */
  private readonly backAt = new Map<string, string>();

  observe({ node, fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "view-published":
        return this.published(fact, report);
      case "view-adopted":
        return this.adoptedBy(node, fact, report);
      case "node-started":
        this.backAt.delete(node);
        return;
      default: {
        if (this.backAt.size === 0) return;
        const message = this.backAt.get(node);
        this.backAt.delete(node);
        if (message !== undefined) report.violated(message);
      }
    }
  }

  finish(): void {}

  private published({ view }: Published, report: Report): void {
    this.same(
      view.number,
      viewDigest(view),
      `view ${view.number} was published with another content than`,
      report,
    );
  }

  private adoptedBy(node: string, { view, digest }: Adopted, report: Report): void {
    this.same(view, digest, `${node} adopted view ${view} with another content than`, report);
    const before = this.adopted.get(node) ?? 0;
    this.adopted.set(node, view);
    if (view <= before)
      this.backAt.set(node, `${node} adopted view ${view} after view ${before}, and went on`);
  }

  private same(number: number, digest: number, what: string, report: Report): void {
    report.evaluated();
    const known = this.digests.get(number);
    if (known === undefined) this.digests.set(number, digest);
    else if (known !== digest) report.violated(`${what} it has elsewhere: digests ${digest} and ${known}`);
  }
}

/** O4: each segment has as many full holders as there are servers for. */
export class FullyReplicated implements Checker {
  readonly id = "O4";
  readonly promise = "once faults are over, each segment has min(k, servers - 1) replicas";
  readonly reads = [] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly views: Views;
  private readonly world: World;
  private readonly replicas: number | undefined;

  constructor(
    { lives, views, world }: { readonly lives: Lives; readonly views: Views; readonly world: World },
    replicas: number | undefined,
  ) {
    this.follows = [lives, views, world];
    this.lives = lives;
    this.views = views;
    this.world = world;
    this.replicas = replicas;
  }

  observe(): void {}

  finish(end: RunEnd, report: Report): void {
    const view = this.views.newest;
    const wanted = this.replicas ?? replicasOf(this.views.of(1));
    if (!this.world.isSettled(end) || view === undefined || wanted === undefined) return;
    const servers = this.lives.all.filter(({ node, isGone }) => node.startsWith("server-") && !isGone);
    const copies = Math.min(wanted, servers.length - 1) + 1;
    for (const { begin, holders } of view.segments) {
      report.evaluated();
      if (holders.length >= copies) continue;
      report.violated(
        `segment ${segmentName(begin)} ended with ${holders.length} full holders in view ${view.number}, of ${copies} that ` +
          `${servers.length} servers could be`,
      );
    }
  }
}

/** What the first view was made for. */
function replicasOf(view: View | undefined): number | undefined {
  return view && Math.max(...view.segments.map(({ holders }) => holders.length)) - 1;
}

/** O5: all nodes know the newest view, and who is named in it is there. */
export class EveryoneKnows implements Checker {
  readonly id = "O5";
  readonly promise = "once faults are over, every node has the newest view, and each master in it is alive";
  readonly reads = [] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly views: Views;
  private readonly world: World;

  constructor(lives: Lives, views: Views, world: World) {
    this.follows = [lives, views, world];
    this.lives = lives;
    this.views = views;
    this.world = world;
  }

  observe(): void {}

  finish(end: RunEnd, report: Report): void {
    const view = this.views.newest;
    if (!this.world.isSettled(end) || view === undefined) return;
    for (const life of this.lives.all) {
      if (life.isGone || life.incarnation === 0) continue;
      report.evaluated();
      if (life.adoptedView !== view.number) {
        report.violated(
          `${lifeName(life)} ended in view ${life.adoptedView}, and view ${view.number} is the newest`,
        );
      }
    }
    for (const { begin, holders } of view.segments) {
      report.evaluated();
      const [master] = holders;
      const life = this.lives.find(master, view.incarnations[master]);
      if (life !== undefined && !life.isGone) continue;
      report.violated(
        `${master}#${view.incarnations[master]}, master of segment ${segmentName(begin)} at the end, is gone`,
      );
    }
  }
}
