/**
 * The simulated registry: the model of the core behind a network delay, so that answers and changes arrive late, and
 * behind faults, so that they do not arrive at all.
 *
 * Invariant: every watcher hears the last state of each record in the end, in the order of writes, and nothing twice.
 */
import {
  micros,
  type NodeId,
  RegistryModel,
  type RegistryAnswer,
  type RegistryChange,
  type RegistryRequest,
} from "../../core/index.ts";
import { Cuts } from "./cuts.ts";
import { type Distribution, sample } from "./distribution.ts";
import type { Random } from "./random.ts";
import { ableAt, lateness, noRegistryFaults, type RegistryFaults } from "./registry-faults.ts";

export interface RegistryPost {
  readonly to: NodeId;
  readonly at: number;
  readonly content:
    | { readonly type: "answer"; readonly id: number; readonly answer: RegistryAnswer }
    | { readonly type: "changes"; readonly changes: readonly RegistryChange[] };
}

interface Watch {
  readonly node: NodeId;
  readonly prefix: string;
  /** Nothing of this watch arrives before what was told before it. */
  lastArrival: number;
  broken: Broken | undefined;
}

/** A watch that was lost goes on at `until`; undefined: it is whole. */
interface Broken {
  until: number;
  /** What it has not heard, in order. */
  readonly missed: RegistryChange[];
}

export class SimulatedRegistry {
  private readonly model: RegistryModel = new RegistryModel();
  private watches: Watch[] = [];
  /** Answers and changes reach a node in the order in which they were posted, unless a fault makes them late. */
  private readonly lastArrival = new Map<NodeId, number>();
  /** Told of each transaction that was done, whether anybody hears of it or not. */
  wrote: (by: NodeId, request: RegistryRequest) => void = () => {};
  private readonly delay: Distribution;
  private random: Random;
  /** Of its own, so that no delay depends on which of a write's two tidings comes first. */
  private order: Random;
  private readonly faults: RegistryFaults;
  private readonly cuts: Cuts;

  constructor(
    delay: Distribution,
    random: Random,
    faults: RegistryFaults = noRegistryFaults,
    cuts: Cuts = new Cuts(),
  ) {
    this.delay = delay;
    this.random = random;
    this.order = random.fork("order");
    this.faults = faults;
    this.cuts = cuts;
  }

  reseed(random: Random): void {
    this.random = random;
    this.order = random.fork("order");
  }

  get timeoutMicros(): number {
    return this.faults.timeoutMicros;
  }

  /** How long a request is on its way. */
  requestDelay(): number {
    return Math.max(1, Math.ceil(sample(this.delay, this.random)));
  }

  /** Executes a request that has arrived; what comes of it is posted. */
  execute(node: NodeId, id: number, request: RegistryRequest, now: number): readonly RegistryPost[] {
    if (ableAt(this.faults, now) > now) return [this.unanswered(node, id, now)];
    const posts = this.expire(now);
    if (this.random.happens(this.faults.requestLoss)) {
      posts.push(this.unanswered(node, id, now));
      return posts;
    }
    const { answer, changes } = this.model.apply(request, micros(now));
    if (answer.type === "transacted" && answer.succeeded) this.wrote(node, request);
    const content = { type: "answer", id, answer } as const;
    if (request.type === "watch") {
      if (this.lostUntil(node) !== undefined) return [...posts, this.unanswered(node, id, now)];
      const watch = { node, prefix: request.prefix, lastArrival: 0, broken: undefined };
      this.watches.push(watch);
      posts.push({ to: node, at: this.arrival(node, now), content });
      this.tell(watch, changes, now, posts);
      return posts;
    }
    const isToldFirst = changes.length > 0 && this.order.happens(this.faults.toldFirst);
    if (isToldFirst) this.publish(changes, now, posts);
    const isLost = this.random.happens(this.faults.answerLoss) || this.lostUntil(node) !== undefined;
    const at = isLost ? Number.POSITIVE_INFINITY : this.arrival(node, now);
    if (isLost || this.isTooLate(at, now)) posts.push(this.unanswered(node, id, now));
    else posts.push({ to: node, at, content });
    if (!isToldFirst) this.publish(changes, now, posts);
    return posts;
  }

  /** Ends the leases that are due, and goes on with the watches that were lost. */
  expire(now: number): RegistryPost[] {
    const posts: RegistryPost[] = [];
    if (ableAt(this.faults, now) > now) return posts;
    this.publish(this.model.expire(micros(now)), now, posts);
    for (const watch of this.watches) {
      if (watch.broken === undefined || watch.broken.until > now) continue;
      const lostUntil = this.lostUntil(watch.node);
      if (lostUntil !== undefined) {
        watch.broken.until = lostUntil;
        continue;
      }
      const news = differenceOf(watch.broken.missed);
      watch.broken = undefined;
      if (news.length > 0) this.tell(watch, news, now, posts);
    }
    return posts;
  }

  /** When a lease is due or a lost watch goes on; undefined: there is none. */
  nextExpiry(): number | undefined {
    let next: number | undefined = this.model.nextExpiry();
    for (const { broken } of this.watches) {
      if (broken !== undefined) next = Math.min(next ?? broken.until, broken.until);
    }
    return next === undefined ? undefined : ableAt(this.faults, next);
  }

  /** A record written from outside the cluster, as whoever submits a job does: nothing where there is one already. */
  submit(key: string, value: string, now: number): readonly RegistryPost[] {
    const posts: RegistryPost[] = [];
    const writes = [{ type: "put", key, value, lease: 0 }] as const;
    const compare = [{ key, modified: 0 }];
    const { changes } = this.model.apply({ type: "transact", compare, writes }, micros(now));
    this.publish(changes, now, posts);
    return posts;
  }

  /** The last life of the node is over, and hears nothing more. */
  forget(node: NodeId): void {
    this.watches = this.watches.filter((watch) => watch.node !== node);
    this.lastArrival.delete(node);
  }

  /** A record as it is; undefined: there is none. */
  value(key: string): string | undefined {
    const { answer } = this.model.apply({ type: "read", prefix: key }, micros(0));
    const records = answer.type === "records" ? answer.records : [];
    return records.find((record) => record.key === key)?.value;
  }

  /** What whoever asks is told in the end where no answer comes. */
  unanswered(node: NodeId, id: number, now: number): RegistryPost {
    const { timeoutMicros } = this.faults;
    const reason = `the registry has not answered within ${timeoutMicros} us; it may have been done`;
    const content = { type: "answer", id, answer: { type: "unavailable", reason } } as const;
    return { to: node, at: now + timeoutMicros, content };
  }

  private publish(changes: readonly RegistryChange[], now: number, posts: RegistryPost[]): void {
    if (changes.length === 0) return;
    for (const watch of this.watches) {
      const seen = changes.filter((change) => keyOf(change).startsWith(watch.prefix));
      if (seen.length === 0) continue;
      if (watch.broken === undefined) {
        const until = this.random.happens(this.faults.watchLoss)
          ? now + this.faults.rewatchMicros
          : this.lostUntil(watch.node);
        if (until !== undefined) watch.broken = { until, missed: [] };
      }
      if (watch.broken !== undefined) watch.broken.missed.push(...seen);
      else this.tell(watch, seen, now, posts);
    }
  }

  private tell(watch: Watch, changes: readonly RegistryChange[], now: number, posts: RegistryPost[]): void {
    const soon = this.arrival(watch.node, now) + lateness(this.faults, this.random);
    watch.lastArrival = Math.max(soon, watch.lastArrival);
    posts.push({ to: watch.node, at: watch.lastArrival, content: { type: "changes", changes } });
  }

  private arrival(node: NodeId, now: number): number {
    const held = this.cuts.isAny ? this.cuts.between("registry", node)?.fault : undefined;
    const leaves = held?.mode === "hold" ? held.until : now;
    const at = Math.max(leaves + this.requestDelay(), this.lastArrival.get(node) ?? 0);
    this.lastArrival.set(node, at);
    return at;
  }

  /** Only behind a cut that holds what it does not let through. */
  private isTooLate(at: number, now: number): boolean {
    return this.cuts.isAny && at > now + this.faults.timeoutMicros;
  }

  /** When a watch of the node goes on that is lost now, as the way to the node is cut; undefined: it is not. */
  private lostUntil(node: NodeId): number | undefined {
    if (!this.cuts.isAny) return undefined;
    const cut = this.cuts.between("registry", node);
    return cut?.fault.mode === "drop" ? cut.fault.until + this.faults.rewatchMicros : undefined;
  }
}

/** The last that was missed of each record; of one that came and went meanwhile nothing. */
function differenceOf(missed: readonly RegistryChange[]): readonly RegistryChange[] {
  const first = new Map<string, RegistryChange>();
  const last = new Map<string, RegistryChange>();
  for (const change of missed) {
    const key = keyOf(change);
    if (!first.has(key)) first.set(key, change);
    // Behind those that were written before it: a watch tells in the order of writes.
    last.delete(key);
    last.set(key, change);
  }
  return [...last.values()].filter((change) => {
    const begin = first.get(keyOf(change));
    const wasThere = begin?.type !== "put" || begin.record.created < begin.record.modified;
    return change.type === "put" || wasThere;
  });
}

function keyOf(change: RegistryChange): string {
  return change.type === "put" ? change.record.key : change.key;
}
