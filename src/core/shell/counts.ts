/** What a node tells of itself as it goes: what it has sent and received, what it holds, and how full its buffers are. */
import type { NodeStatistics } from "../application.ts";
import { type Micros, milliseconds } from "../ids.ts";
import type { Links } from "../session/links.ts";
import type { RoleLogic, Shell } from "../shell.ts";

/** How often buffers are looked at, at most: each time is one fact. */
const measureEveryMicros = 1_000_000;

export class Counts {
  private readonly shell: Shell;
  private readonly links: Links;
  private readonly role: RoleLogic;
  private countedAt: Micros = 0 as Micros;
  private measureAt: Micros = 0 as Micros;

  constructor(shell: Shell, links: Links, role: RoleLogic) {
    this.shell = shell;
    this.links = links;
    this.role = role;
  }

  statistics(): NodeStatistics {
    const { sentBytes, sentFrames, resentFrames, savedBytes } = this.links.counters;
    const { slots, tasksFinished } = this.role.statistics();
    return {
      node: this.shell.id,
      sentBytes,
      unfilteredBytes: this.unfilteredBytes,
      savedBytes: savedBytes.slice(),
      sentFrames,
      resentFrames,
      slots,
      tasksFinished,
    };
  }

  /** At each heartbeat, of which most are too soon for it. */
  beat(): void {
    const { now, options } = this.shell;
    if (now >= this.measureAt) this.measureBuffers();
    if (now - this.countedAt < milliseconds(options.countIntervalMs)) return;
    this.countedAt = now;
    const { sentBytes, receivedBytes, savedBytes } = this.links.counters;
    this.shell.observe({
      type: "traffic-counted",
      sentBytes,
      receivedBytes,
      unfilteredBytes: this.unfilteredBytes,
      savedBytes: savedBytes.slice(),
      holdings: this.role.holdings?.() ?? [],
    });
  }

  /** The node's last words but one. */
  end(): void {
    const { sentBytes, savedBytes } = this.links.counters;
    if (this.shell.incarnation > 0) this.measureBuffers();
    const { unfilteredBytes } = this;
    this.shell.observe({ type: "filters-saved", unfilteredBytes, sentBytes, savedBytes: savedBytes.slice() });
  }

  private get unfilteredBytes(): number {
    const { sentBytes, savedBytes } = this.links.counters;
    let bytes = sentBytes;
    for (let kind = 0; kind < savedBytes.length; kind++) bytes += savedBytes[kind];
    return bytes;
  }

  private measureBuffers(): void {
    this.measureAt = (this.shell.now + measureEveryMicros) as Micros;
    const buffers = [...this.links.takeMost(), ...(this.role.buffers?.() ?? [])];
    this.shell.observe({ type: "buffers-measured", buffers });
  }
}
