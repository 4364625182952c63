/** The simulated registry behind the contract's clients: virtual time passes while somebody waits for an answer. */
import { micros, nodeId, type RegistryAnswer, type RegistryRequest } from "../../../src/core/index.ts";
import { EventQueue } from "../../../src/sim/index.ts";
import { Random } from "../../../src/sim/world/random.ts";
import { noRegistryFaults, type RegistryFaults } from "../../../src/sim/world/registry-faults.ts";
import { type RegistryPost, SimulatedRegistry } from "../../../src/sim/world/registry.ts";
import type { RegistryClientUnderTest, RegistryConnection, RegistryWorld } from "../../contract/registry.ts";

type Changed = Parameters<RegistryClientUnderTest["watch"]>[1];

/** Each client, and each watch, is a node of its own. */
interface Client {
  readonly answers: Map<number, (answer: RegistryAnswer) => void>;
  changed: Changed | undefined;
  revision: number;
}

type Changing<T> = { -readonly [Name in keyof T]: T[Name] };

export class SimulatedRegistryWorld implements RegistryWorld {
  readonly leaseMs: number = 200;
  /** In the order in which they came: two runs of a seed are the same. */
  readonly posts: RegistryPost[] = [];
  readonly connection: RegistryConnection = {
    cut: () => {
      this.faults.answerLoss = 0;
      this.faults.watchLoss = 1;
    },
    loseAnswers: () => {
      this.faults.answerLoss = 1;
    },
  };
  private readonly random: Random;
  private readonly faults: Changing<RegistryFaults>;
  private readonly registry: SimulatedRegistry;
  private readonly queue: EventQueue<() => void> = new EventQueue();
  private readonly clients: Client[] = [];
  private readonly watchLoss: number;
  private now = 0;
  private waiting = 0;

  constructor(faults: Partial<RegistryFaults> = {}, seed = "registry contract") {
    this.random = new Random(seed);
    this.faults = { ...noRegistryFaults, ...faults };
    this.watchLoss = this.faults.watchLoss;
    const delay = { kind: "lognormal", p50: 500, p99: 5000 } as const;
    this.registry = new SimulatedRegistry(delay, this.random.fork("registry"), this.faults);
  }

  client(): RegistryClientUnderTest {
    const own = this.newClient(undefined);
    return {
      execute: (request) => {
        this.waiting++;
        return new Promise((resolve) => {
          this.request(own, request, (answer) => {
            this.waiting--;
            resolve(answer);
          });
          void this.answerWaiting();
        });
      },
      watch: (prefix, changed) => {
        const watcher = this.newClient(changed);
        const client = this.clients[watcher];
        this.request(watcher, { type: "watch", prefix }, (answer) => {
          if (answer.type === "watching") client.revision = answer.revision;
        });
        return () => {
          client.changed = undefined;
        };
      },
    };
  }

  until(condition: () => boolean, what: string): Promise<void> {
    while (!condition()) if (!this.advance()) throw new Error(`nothing is left to happen, before ${what}`);
    return Promise.resolve();
  }

  async pass(ms: number): Promise<void> {
    const end = this.now + 1000 * ms;
    this.queue.push(end, () => {});
    await this.until(() => this.now >= end, `${ms} ms have passed`);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private newClient(changed: Changed | undefined): number {
    return this.clients.push({ answers: new Map(), changed, revision: 0 }) - 1;
  }

  private request(
    client: number,
    request: RegistryRequest,
    answered: (answer: RegistryAnswer) => void,
  ): void {
    const { answers } = this.clients[client];
    const id = answers.size;
    answers.set(id, answered);
    this.queue.push(this.now + this.registry.requestDelay(), () => {
      const posts = this.registry.execute(nodeId(`worker-${client}`), id, request, this.now);
      // A cut loses what is told next, and no more.
      if (posts.length > 0 && request.type === "transact") this.faults.watchLoss = this.watchLoss;
      this.post(posts);
    });
  }

  private post(posts: readonly RegistryPost[]): void {
    this.posts.push(...posts);
    const due = this.registry.nextExpiry();
    if (due !== undefined) this.queue.push(due, () => this.post(this.registry.expire(this.now)));
    for (const { to, at, content } of posts) {
      const client = this.clients[Number(to.slice("worker-".length))];
      this.queue.push(at, () => {
        if (content.type === "answer") client.answers.get(content.id)?.(content.answer);
        else client.changed?.(content.changes, client.revision);
      });
    }
  }

  /** Once all that is asked at this moment has been asked, and no longer than somebody waits: leases have their time. */
  private async answerWaiting(): Promise<void> {
    await Promise.resolve();
    while (this.waiting > 0 && this.advance());
  }

  private advance(): boolean {
    this.now = micros(Math.max(this.now, Math.min(this.queue.nextTime, Number.MAX_SAFE_INTEGER)));
    const item = this.queue.pop();
    item?.();
    return item !== undefined;
  }
}
