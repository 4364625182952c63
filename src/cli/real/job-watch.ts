/** Submits the job of a scenario and learns how it ends, from whichever manager lives. */
import type { JobResult, JobSpec } from "../../core/index.ts";
import { JobClient } from "../../net/index.ts";

export interface JobWatchEvents {
  ended(): void;
  failed(reason: string): void;
  /** As of a `JobClient`; everything again where another manager is asked. */
  changed?(key: string, value: string | undefined): void;
  progress?(pass: number): void;
}

/** A manager that answers nothing for so long is not asked any more. */
const lostAfterMs = 1_000;

export class JobWatch {
  private readonly clusterId: string;
  private readonly events: JobWatchEvents;
  private readonly managers: Map<string, string> = new Map();
  private client: JobClient | undefined = undefined;
  private turn = 0;
  private isClosed = false;

  constructor(clusterId: string, events: JobWatchEvents) {
    this.clusterId = clusterId;
    this.events = events;
  }

  /** A manager listens there. */
  managerIs(node: string, address: string): void {
    this.managers.set(node, address);
  }

  get managerAddresses(): readonly string[] {
    return [...this.managers.values()];
  }

  /** Resolves to the reason why it was not taken. */
  submit(job: JobSpec): Promise<string | undefined> {
    return this.current().submit(job);
  }

  follow(): void {
    this.current().follow({
      progress: ({ pass }) => this.events.progress?.(pass),
      changed: (key, value) => this.events.changed?.(key, value),
      ended: () => this.events.ended(),
      failed: ({ reason, node }) => this.events.failed(`${reason} (said by ${node})`),
      lost: () => void this.another(),
    });
  }

  /** Rejects where no manager knows who has it. */
  async outcome(): Promise<JobResult> {
    for (let triesLeft = this.managers.size; ; triesLeft--) {
      try {
        return await this.current().outcome();
      } catch (error) {
        if (triesLeft <= 1) throw error;
        await this.another();
      }
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.client?.close();
  }

  private current(): JobClient {
    if (this.client !== undefined) return this.client;
    const addresses = [...this.managers.values()];
    const address = addresses[this.turn % addresses.length];
    this.client = new JobClient({ address, tls: undefined, clusterId: this.clusterId, lostAfterMs });
    return this.client;
  }

  /** The client that submitted, or followed until now, is gone, and one that asks another manager follows. */
  async another(): Promise<void> {
    const gone = this.client;
    if (gone === undefined) return;
    // Before anything is waited for: this may be asked twice at once.
    this.client = undefined;
    this.turn++;
    if (!this.isClosed) this.follow();
    await gone.close();
  }
}
