/** Between the nodes and the registry: requests on their way to it, and what it posts on its way to them. */
import type { Effect, Event, NodeId } from "../../core/index.ts";
import type { Cuts } from "./cuts.ts";
import type { Life } from "./home.ts";
import type { RegistryPost, SimulatedRegistry } from "./registry.ts";

export interface RegistryLineEnds {
  readonly registry: SimulatedRegistry;
  readonly cuts: Cuts;
  now(): number;
  act(at: number, act: () => void): void;
  life(node: NodeId): Life | undefined;
  deliver(at: number, life: Life, event: Event & { readonly type: RegistryEventType }): void;
}

type RegistryEventType = "registry-answered" | "registry-changed";
type Asked = Effect & { readonly type: "registry" };

export class RegistryLine {
  private readonly ends: RegistryLineEnds;
  /** When the registry has something to do next, as far as it is known to the queue. */
  private due = Number.POSITIVE_INFINITY;

  constructor(ends: RegistryLineEnds) {
    this.ends = ends;
  }

  ask(life: Life, asked: Asked): void {
    const { registry, cuts } = this.ends;
    const { id } = life.home;
    const now = this.ends.now();
    let at = now + registry.requestDelay();
    let isAwaited = true;
    const cut = cuts.isAny ? cuts.between(id, "registry")?.fault : undefined;
    if (cut !== undefined) {
      at = cut.mode === "hold" ? at - now + cut.until : Number.POSITIVE_INFINITY;
      isAwaited = at <= now + registry.timeoutMicros;
    }
    if (!isAwaited) this.post([registry.unanswered(id, asked.id, now)], life);
    if (at < Number.POSITIVE_INFINITY) this.ends.act(at, () => this.arrived(life, asked, isAwaited));
  }

  /** `asker` is whom answers are for; undefined: nobody waits for one. */
  post(posts: readonly RegistryPost[], asker: Life | undefined): void {
    for (const { to, at, content } of posts) {
      const life = content.type === "answer" ? asker : this.ends.life(to);
      if (life === undefined) continue;
      if (content.type === "answer") {
        const { id, answer } = content;
        this.ends.deliver(at, life, { type: "registry-answered", id, answer });
      } else this.ends.deliver(at, life, { type: "registry-changed", changes: content.changes });
    }
    const due = this.ends.registry.nextExpiry() ?? Number.POSITIVE_INFINITY;
    if (due >= this.due) return;
    this.due = due;
    this.ends.act(due, () => {
      this.due = Number.POSITIVE_INFINITY;
      this.post(this.ends.registry.expire(this.ends.now()), undefined);
    });
  }

  /** What a node asked before it died is done all the same, and nobody hears of it. */
  private arrived(life: Life, { id, request }: Asked, isAwaited: boolean): void {
    const isHeard = isAwaited && life.state !== "over";
    if (!isHeard && request.type === "watch") return;
    const posts = this.ends.registry.execute(life.home.id, id, request, this.ends.now());
    this.post(posts, isHeard ? life : undefined);
  }
}
