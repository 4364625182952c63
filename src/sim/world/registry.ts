/** The simulated registry: the model of the core behind a network delay, so that answers and changes arrive late. */
import {
  micros,
  type NodeId,
  RegistryModel,
  type RegistryAnswer,
  type RegistryChange,
  type RegistryRequest,
} from "../../core/index.ts";
import { type Distribution, sample } from "./distribution.ts";
import type { Random } from "./random.ts";

export interface RegistryPost {
  readonly to: NodeId;
  readonly at: number;
  readonly content:
    | { readonly type: "answer"; readonly id: number; readonly answer: RegistryAnswer }
    | { readonly type: "changes"; readonly changes: readonly RegistryChange[] };
}

export class SimulatedRegistry {
  private readonly model: RegistryModel = new RegistryModel();
  private readonly watches: { readonly node: NodeId; readonly prefix: string }[] = [];
  /** Answers and changes reach a node in the order in which they happened. */
  private readonly lastArrival = new Map<NodeId, number>();
  private readonly delay: Distribution;
  private readonly random: Random;

  constructor(delay: Distribution, random: Random) {
    this.delay = delay;
    this.random = random;
  }

  /** How long a request is on its way. */
  requestDelay(): number {
    return Math.max(1, Math.ceil(sample(this.delay, this.random)));
  }

  /** Executes a request that has arrived; what comes of it is posted. */
  execute(node: NodeId, id: number, request: RegistryRequest, now: number): readonly RegistryPost[] {
    const posts = this.expire(now);
    const { answer, changes } = this.model.apply(request, micros(now));
    if (request.type === "watch") this.watches.push({ node, prefix: request.prefix });
    posts.push({ to: node, at: this.arrival(node, now), content: { type: "answer", id, answer } });
    if (request.type === "watch") this.post(node, changes, now, posts);
    else this.publish(changes, now, posts);
    return posts;
  }

  /** Ends the leases that are due. */
  expire(now: number): RegistryPost[] {
    const posts: RegistryPost[] = [];
    this.publish(this.model.expire(micros(now)), now, posts);
    return posts;
  }

  /** When the next lease is due; undefined: there is none. */
  nextExpiry(): number | undefined {
    return this.model.nextExpiry();
  }

  /** A record written from outside the cluster, as whoever submits a job does. */
  submit(key: string, value: string, now: number): readonly RegistryPost[] {
    const posts: RegistryPost[] = [];
    const writes = [{ type: "put", key, value, lease: 0 }] as const;
    const { changes } = this.model.apply({ type: "transact", compare: [], writes }, micros(now));
    this.publish(changes, now, posts);
    return posts;
  }

  private publish(changes: readonly RegistryChange[], now: number, posts: RegistryPost[]): void {
    if (changes.length === 0) return;
    for (const { node, prefix } of this.watches) {
      const seen = changes.filter((change) => keyOf(change).startsWith(prefix));
      if (seen.length > 0) this.post(node, seen, now, posts);
    }
  }

  private post(node: NodeId, changes: readonly RegistryChange[], now: number, posts: RegistryPost[]): void {
    posts.push({ to: node, at: this.arrival(node, now), content: { type: "changes", changes } });
  }

  private arrival(node: NodeId, now: number): number {
    const at = Math.max(now + this.requestDelay(), this.lastArrival.get(node) ?? 0);
    this.lastArrival.set(node, at);
    return at;
  }
}

function keyOf(change: RegistryChange): string {
  return change.type === "put" ? change.record.key : change.key;
}
