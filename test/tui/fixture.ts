/** Clusters to draw: made by hand, so that each test can say what it needs of one. */
import type {
  Capabilities,
  ClusterView,
  Done,
  MessageView,
  NodeView,
  Playhead,
  SegmentView,
  SlotView,
  Source,
} from "../../src/observe/index.ts";

const ringSize = 2 ** 32;

export interface ClusterOptions {
  readonly servers: number;
  readonly workers: number;
  /** Segments for each server. */
  readonly points?: number;
}

export function clusterOf({ servers, workers, points = 4 }: ClusterOptions): ClusterView {
  const segments = segmentsOf(servers, points);
  return {
    atMicros: 512_000,
    header: {
      job: "a9a",
      parameters: [{ name: "weights", begin: "0", end: "123456", keyBlockCount: 4096 }],
      consistency: { kind: "bounded", tau: 4 },
      view: 3,
      lineage: 1,
      leaders: [
        { role: "manager", node: "manager-0", term: 1, since: 4000 },
        { role: "scheduler", node: "scheduler-0", term: 1, since: 6000 },
      ],
      frontier: 117,
      newestTask: { time: 120, name: "gradient" },
      state: "running",
      reason: null,
      startedAt: 6000,
      endedAt: null,
      checks: { violationCount: 0, first: null, newest: [] },
    },
    ring: { segments, moves: [], failovers: [] },
    nodes: [
      nodeOf("manager-0", "manager"),
      nodeOf("scheduler-0", "scheduler"),
      ...Array.from({ length: servers }, (_, i) => serverOf(i, segments, workers)),
      ...Array.from({ length: workers }, (_, i) => nodeOf(`worker-${i}`, "worker")),
    ],
    slots: Array.from({ length: workers }, (_, i) => slotOf(i)),
    traffic: {
      sentBytes: 912_345,
      sentBytesPerSecond: 1_234_567,
      pushesPerSecond: 1520,
      pullsPerSecond: 1498,
      pushes: 1326,
      pulls: 1296,
      unfilteredBytes: 4_000_000,
      filters: [
        { kind: "key-caching", savedBytes: 1_700_000, savedShare: 0.425 },
        { kind: "kkt", savedBytes: 800_000, savedShare: 0.2 },
        { kind: "snappy", savedBytes: 0, savedShare: 0 },
      ],
      history: Array.from({ length: 24 }, (_, second) => ({
        second,
        sentBytes: 1000 + ((second * 37) % 11) * 90,
      })),
    },
    convergence: {
      points: [11267.65, 10718.57, 10621.78, 10606.65].map((objective, i) => pointOf(objective, i)),
      newest: pointOf(10606.65, 3),
      reference: 10558.72,
      gap: 4.54e-3,
    },
    events: [
      { at: 6000, node: "manager-0", kind: "view-published", severity: "info", text: "view 1: the ring" },
      {
        at: 7000,
        node: "scheduler-0",
        kind: "slot-assigned",
        severity: "detail",
        text: "slot 0 to worker-0",
      },
      { at: 150_000, node: "world", kind: "world-did", severity: "fault", text: "server-1 crashed" },
      {
        at: 653_000,
        node: "manager-0",
        kind: "node-suspected",
        severity: "warn",
        text: "server-1 is silent",
      },
    ],
  };
}

function pointOf(objective: number, i: number): ClusterView["convergence"]["points"][number] {
  return {
    at: 60_000 * (i + 1),
    pass: i + 1,
    elapsedMicros: 60_000 * (i + 1),
    objective,
    nonzeros: 115 - i,
    sentBytes: 110_000 * (i + 1),
    filteredShare: 0.05 * i,
  };
}

function segmentsOf(servers: number, points: number): readonly SegmentView[] {
  const total = servers * points;
  return Array.from({ length: total }, (_, i): SegmentView => {
    const begin = Math.floor((i / total) * ringSize);
    const master = (i * 7) % servers;
    return {
      begin,
      end: Math.floor(((i + 1) / total) * ringSize),
      holders: servers === 1 ? ["server-0"] : [`server-${master}`, `server-${(master + 1) % servers}`],
      filling: [],
      since: 1,
      servesSince: 6000,
      pushesPerSecond: 80 + (i % 5) * 7,
      pullsPerSecond: 80,
      keys: 12_345,
      bytes: 400_000,
      loadShare: 1 / total,
      appliedTime: 118,
    };
  });
}

function nodeOf(node: string, role: NodeView["role"]): NodeView {
  return {
    node,
    role,
    incarnation: 1,
    state: "alive",
    stateSince: 5000,
    reason: null,
    slowness: 1,
    heardAt: 511_000,
    view: 3,
    mastered: 0,
    replicated: 0,
    filling: 0,
    pushesPerSecond: 0,
    pullsPerSecond: 0,
    traffic: {
      sentBytes: 100_000,
      receivedBytes: 90_000,
      sentBytesPerSecond: 20_000,
      receivedBytesPerSecond: 18_000,
    },
    framesResent: 0,
    framesDropped: 0,
    clocks: [],
  };
}

function serverOf(number: number, segments: readonly SegmentView[], workers: number): NodeView {
  const node = `server-${number}`;
  return {
    ...nodeOf(node, "server"),
    mastered: segments.filter(({ holders }) => holders[0] === node).length,
    replicated: segments.filter(({ holders }) => holders.indexOf(node) > 0).length,
    pushesPerSecond: 380,
    pullsPerSecond: 370,
    clocks: Array.from({ length: workers }, (_, slot) => 119 - (slot % 3)),
  };
}

function slotOf(slot: number): SlotView {
  return {
    slot,
    worker: `worker-${slot}`,
    epoch: 1,
    state: "computing",
    since: 511_000,
    task: { time: 119, name: "gradient" },
    finished: 118 - (slot % 3),
    clock: 118 - (slot % 3),
    lag: slot % 3,
    busyMicros: 300_000,
    waitMicros: 180_000,
    busyShare: 0.6,
    waitShare: 0.35,
    waitsFor: null,
  };
}

/** The last of the workers is held back by the first. */
export function withWait(view: ClusterView): ClusterView {
  const last = view.slots.length - 1;
  return {
    ...view,
    slots: view.slots.map((slot): SlotView => {
      if (slot.slot === 0) return { ...slot, lag: 4, clock: 114 };
      if (slot.slot !== last) return slot;
      const waitsFor = {
        edge: { kind: "task", time: 115, unfinishedSlots: [0] },
        since: 503_600,
        slots: [0],
        slotCount: 1,
        nodes: ["worker-0"],
        segment: null,
        time: 115,
        text: `task 115 at slot 0 (worker-0), tau 4`,
      } as unknown as SlotView["waitsFor"];
      return { ...slot, state: "waiting", waitsFor };
    }),
  };
}

/** Server 1 died, and others took over what it had. */
export function withFailover(view: ClusterView): ClusterView {
  return {
    ...view,
    nodes: view.nodes.map((node) =>
      node.node === "server-1" ? { ...node, state: "lost", stateSince: 150_000, reason: "crashed" } : node,
    ),
    ring: {
      ...view.ring,
      failovers: [
        {
          role: "server",
          node: "server-1",
          lostAt: 150_000,
          suspectedAt: 460_000,
          evictedAt: 470_000,
          restoredAt: 480_500,
          tookMicros: 330_500,
          taken: 4,
          successors: ["server-2", "server-3"],
        },
      ],
      moves: [
        {
          segment: view.ring.segments[2].begin,
          from: "server-0",
          to: "server-2",
          since: 470_000,
          doneShare: 0.42,
        },
      ],
      segments: view.ring.segments.map((segment, i) =>
        i === 2 ? { ...segment, filling: ["server-3"] } : segment,
      ),
    },
  };
}

export const travels: Capabilities = {
  rewind: true,
  speed: true,
  break: false,
  confirmBreak: false,
  branch: false,
  save: false,
  messages: true,
};

/** A source that stands still and notes what it was asked. */
export class FixedSource implements Source {
  readonly kind: Source["kind"];
  readonly title = "fixture";
  readonly can: Capabilities;
  readonly bookmarks: Source["bookmarks"] = [];
  readonly asked: string[] = [];
  readonly listeners = new Set<() => void>();
  shown: ClusterView;
  private head: Playhead;

  constructor(shown: ClusterView, can: Capabilities = travels, kind: Source["kind"] = "trace") {
    this.shown = shown;
    this.can = can;
    this.kind = kind;
    this.head = {
      atMicros: shown.atMicros,
      beginMicros: 0,
      endMicros: 1_055_000,
      isComplete: true,
      isPaused: true,
      speed: 1,
      factIndex: 8000,
      factCount: 16_634,
    };
  }

  view(): ClusterView {
    return this.shown;
  }
  playhead(): Playhead {
    return this.head;
  }
  subscribe(changed: () => void): () => void {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  }
  show(view: ClusterView): void {
    this.shown = view;
    for (const changed of this.listeners) changed();
  }
  tick(): void {}
  setPaused(isPaused: boolean): void {
    this.asked.push(`paused ${isPaused}`);
    this.head = { ...this.head, isPaused };
  }
  setSpeed(speed: number): Done {
    this.head = { ...this.head, speed };
    return this.did(`speed ${speed}`);
  }
  stepFacts(count: number): Done {
    return this.did(`facts ${count}`);
  }
  stepTo(direction: 1 | -1, filter: unknown): Done {
    return this.did(`event ${direction} ${JSON.stringify(filter)}`);
  }
  stepMicros(delta: number): Done {
    return this.did(`micros ${delta}`);
  }
  goTo(atMicros: number): Done {
    return this.did(`goto ${atMicros}`);
  }
  goToFirstViolation(): Done {
    return { ok: false, reason: "every check holds" };
  }
  bookmark(name?: string): Done {
    return this.did(`mark ${name ?? ""}`);
  }
  goToBookmark(name: string): Done {
    return this.did(`jump ${name}`);
  }
  messages(fromMicros: number): readonly MessageView[] {
    const message = (i: number, from: string, to: string, kind: string): MessageView => ({
      from,
      to,
      kind,
      sentAt: fromMicros + 400 * i,
      arrivedAt: fromMicros + 400 * i + 250,
      text: `task ${100 + i}`,
    });
    return [0, 1, 2, 3, 4, 5].flatMap((i) => [
      message(i, `worker-${i % 2}`, `server-${i % 3}`, "push"),
      message(i + 1, `server-${i % 3}`, `worker-${i % 2}`, "answer"),
    ]);
  }
  recentFacts(): readonly [] {
    return [];
  }
  break(breakage: unknown): Done {
    return this.did(`break ${JSON.stringify(breakage)}`);
  }
  branch(seed: string): Done {
    return this.did(`branch ${seed}`);
  }
  save(path: string): Done {
    return this.did(`save ${path}`);
  }
  close(): void {
    this.asked.push("close");
  }

  private did(text: string): Done {
    this.asked.push(text);
    return { ok: true, text: "" };
  }
}
