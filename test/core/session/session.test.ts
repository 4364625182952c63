/** Sessions over a transport that loses, duplicates, delays and reorders, and over connections that are replaced. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Envelope, Message, Micros, NodeId } from "../../../src/core/index.ts";
import { Session, type SessionEnds, type SessionOptions } from "../../../src/core/session/session.ts";

const options: SessionOptions = {
  retransmitAfterMs: 100,
  retransmitMaxMs: 400,
  acknowledgeAfterMs: 10,
  sessionWindowMessages: 4,
  sessionWindowBytes: 100,
  sessionQueueMessagesMax: 1000,
};

interface Flight {
  readonly at: number;
  readonly to: "left" | "right";
  readonly envelope: Envelope;
}

type Side = "left" | "right";
const other = { left: "right", right: "left" } as const;
const names = { left: "worker-0", right: "server-0" } as const;

/** What the network does with one frame: the delays of its copies; none is a loss. */
type Fate = readonly number[];

class World {
  now: number = 0;
  readonly heard: Record<Side, number[]> = { left: [], right: [] };
  readonly refused: string[] = [];
  readonly sessions: Record<Side, Session>;
  readonly timers: Record<Side, number> = { left: Infinity, right: Infinity };
  readonly frames: Flight[] = [];
  frameCount: number = 0;
  private readonly incarnations: Record<Side, number> = { left: 1, right: 1 };
  private readonly used: SessionOptions;
  private readonly fate: (n: number) => Fate;

  constructor(fate: (n: number) => Fate, used: SessionOptions = options) {
    this.fate = fate;
    this.used = used;
    this.sessions = { left: this.opened("left", used), right: this.opened("right", used) };
  }

  send(from: Side, id: number): boolean {
    return this.sessions[from].send({ type: "report", id }, undefined, this.now as Micros);
  }

  /** A new incarnation of one side; both ends open a new session, and frames of the old one still fly. */
  restart(side: Side): void {
    this.incarnations[side]++;
    for (const each of ["left", "right"] as const) {
      this.timers[each] = Infinity;
      this.heard[each] = [];
      this.sessions[each] = this.opened(each, this.used);
    }
  }

  reconnect(): void {
    for (const side of ["left", "right"] as const) this.sessions[side].connected(this.now as Micros);
  }

  run(until: number): void {
    for (;;) {
      const timer = Math.min(this.timers.left, this.timers.right);
      const next = this.frames.reduce((least, flight) => Math.min(least, flight.at), timer);
      if (next > until) break;
      this.now = Math.max(this.now, next);
      const index = this.frames.findIndex((flight) => flight.at === next);
      if (index >= 0) this.arrive(this.frames.splice(index, 1)[0]);
      else this.fire(this.timers.left === next ? "left" : "right");
    }
    this.now = Math.max(this.now, until);
  }

  private fire(side: Side): void {
    this.timers[side] = Infinity;
    const next = this.sessions[side].timerFired(this.now as Micros);
    this.timers[side] = Math.min(next, this.timers[side]);
  }

  private arrive(flight: Flight): void {
    const received = this.sessions[flight.to].received(flight.envelope, 2, this.now as Micros);
    if (!received.ok) this.refused.push(received.reason);
    else for (const message of received.messages) this.heard[flight.to].push(idOf(message));
  }

  opened(side: Side, used: SessionOptions): Session {
    const ends: SessionEnds = {
      from: names[side] as NodeId,
      fromIncarnation: this.incarnations[side],
      to: names[other[side]] as NodeId,
      toIncarnation: this.incarnations[other[side]],
    };
    const kept: Envelope[] = [];
    return new Session(ends, used, {
      transmit: (envelope) => {
        this.fly(other[side], envelope);
        return Uint8Array.of(kept.push(envelope) - 1, (kept.length - 1) >> 8);
      },
      repeat: (frame, sequence) => {
        const envelope = kept[frame[0] + 256 * frame[1]];
        expect(envelope.sequence).toBe(sequence);
        this.fly(other[side], envelope);
      },
      wakeAt: (at) => {
        expect(at).toBeGreaterThanOrEqual(this.now);
        this.timers[side] = Math.min(at, this.timers[side]);
      },
    });
  }

  private fly(to: Side, envelope: Envelope): void {
    for (const delay of this.fate(this.frameCount++))
      this.frames.push({ at: this.now + delay, to, envelope });
  }
}

function idOf(message: Message): number {
  return message.type === "report" ? message.id : -1;
}

const prompt = (): Fate => [1000];
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

const fate: fc.Arbitrary<Fate> = fc.oneof(
  { weight: 3, arbitrary: fc.constant([1000]) },
  { weight: 2, arbitrary: fc.array(fc.integer({ min: 0, max: 300_000 }), { maxLength: 3 }) },
);
const action = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom("left" as const, "right" as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), for: fc.nat({ max: 200_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("reconnect" as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** Does the actions over a bad network, then lets a good one finish. */
function play(actions: readonly Action[], fates: readonly Fate[], world: World): Record<Side, number> {
  const sent: Record<Side, number> = { left: 0, right: 0 };
  for (const step of actions) {
    if (step.kind === "wait") world.run(world.now + step.for);
    else if (step.kind === "reconnect") world.reconnect();
    else expect(world.send(step.kind, ++sent[step.kind])).toBe(true);
  }
  world.run(world.now + 60_000_000 + 400_000 * fates.length);
  return sent;
}

const fates = fc.array(fate, { maxLength: 120 });

describe("a session", () => {
  test("delivers each message once and in order, whatever is lost, repeated, late or reconnected", () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 80 }), fates, (actions, list) => {
        const world = new World((n) => list[n] ?? [1000]);
        const sent = play(actions, list, world);
        expect(world.heard.right).toEqual(upTo(sent.left));
        expect(world.heard.left).toEqual(upTo(sent.right));
        expect(world.sessions.left.outstandingCount + world.sessions.right.outstandingCount).toBe(0);
        expect(Math.min(world.timers.left, world.timers.right)).toBe(Infinity);
      }),
      { seed: 41, numRuns: 400 },
    );
  });

  test("delivers nothing of an older incarnation, and a prefix in order before that", () => {
    const restarts = fc.array(
      fc.tuple(fc.array(action, { maxLength: 25 }), fc.constantFrom("left" as const, "right" as const)),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(restarts, fc.array(action, { maxLength: 25 }), fates, (lives, last, list) => {
        const world = new World((n) => list[n] ?? [1000]);
        for (const [actions, side] of lives) {
          const sent = { left: 0, right: 0 };
          for (const step of actions) {
            if (step.kind === "wait") world.run(world.now + step.for);
            else if (step.kind === "reconnect") world.reconnect();
            else world.send(step.kind, ++sent[step.kind]);
          }
          expect(world.heard.right).toEqual(upTo(world.heard.right.length));
          expect(world.heard.left).toEqual(upTo(world.heard.left.length));
          world.restart(side);
        }
        const sent = play(last, list, world);
        expect(world.heard.right).toEqual(upTo(sent.left));
        expect(world.heard.left).toEqual(upTo(sent.right));
        for (const reason of world.refused) expect(reason).toMatch(/another session/);
      }),
      { seed: 42, numRuns: 300 },
    );
  });

  test("a connection that breaks at every tenth frame still carries a window of 500", () => {
    const many = { ...options, sessionWindowMessages: 512, sessionWindowBytes: 100_000 };
    let isBroken = false;
    let unbroken = 0;
    // What flies when a frame breaks the connection is lost with it.
    const world = new World(() => {
      if (++unbroken < 10) return [1000];
      unbroken = 0;
      isBroken = true;
      world.frames.length = 0;
      return [];
    }, many);
    for (const id of upTo(500)) world.send("left", id);
    while (world.heard.right.length < 500 && world.now < 1_000_000) {
      if (isBroken) {
        isBroken = false;
        unbroken = 0;
        world.reconnect();
      }
      world.run(world.now + 1000);
    }
    expect(world.heard.right).toEqual(upTo(500));
  });

  test("a frame of an older incarnation is refused by name", () => {
    const world = new World(() => [5000]);
    world.send("left", 1);
    world.restart("left");
    world.run(10_000);
    expect(world.heard.right).toEqual([]);
    expect(world.refused).toEqual(["a frame of another session, worker-0#1 to server-0#1"]);
  });

  test("an acknowledgement of what was never sent is refused", () => {
    const world = new World(prompt);
    world.frames.push({ at: 0, to: "left", envelope: envelopeTo("left", { sequence: 0, acknowledged: 1 }) });
    world.run(1);
    expect(world.refused).toEqual(["server-0 acknowledges 1 of 0 messages"]);
  });

  test("a message beyond the window is refused: what waits for a gap is bounded", () => {
    const world = new World(prompt);
    for (const sequence of [5, 4]) {
      const envelope = envelopeTo("left", { sequence, acknowledged: 0 });
      world.frames.push({ at: 6 - sequence, to: "left", envelope });
    }
    world.run(10);
    expect(world.refused).toEqual(["server-0 sends message 5 beyond sessionWindowMessages, after 0"]);
  });
});

describe("limits", () => {
  test("a full window queues, a full queue refuses, and acknowledgements let both go on", () => {
    const small = { ...options, sessionWindowMessages: 2, sessionQueueMessagesMax: 3 };
    const world = new World(prompt, small);
    const taken = upTo(7).map((id) => world.send("left", id));
    expect(taken).toEqual([true, true, true, true, true, false, false]);
    expect(world.frames).toHaveLength(2);
    world.run(1_000_000);
    expect(world.send("left", 6)).toBe(true);
    world.run(2_000_000);
    expect(world.heard.right).toEqual(upTo(6));
  });

  test("a window that is full of bytes queues, and a frame that is larger than it still goes", () => {
    // Frames are of two bytes here.
    const inFlight = (sessionWindowBytes: number): number => {
      const world = new World(prompt, { ...options, sessionWindowBytes });
      for (const id of upTo(6)) world.send("left", id);
      const { length } = world.frames;
      world.reconnect();
      expect(world.frames).toHaveLength(2 * length);
      world.run(10_000_000);
      expect(world.heard.right).toEqual(upTo(6));
      return length;
    };
    expect([1, 2, 3, 4, 5, 6, 7].map(inFlight)).toEqual([1, 1, 2, 2, 3, 3, 4]);
  });

  test("what comes after a gap is held up to sessionWindowBytes; the rest comes again", () => {
    const world = new World((n) => (n === 0 ? [] : [1000]));
    world.sessions.right = world.opened("right", { ...options, sessionWindowBytes: 3 });
    for (const id of [1, 2, 3, 4]) world.send("left", id);
    world.run(10_000);
    expect(world.refused).toEqual(["worker-0 sends more than sessionWindowBytes after a gap"]);
    world.run(1_000_000);
    expect(world.heard.right).toEqual([1, 2, 3, 4]);
  });
});

describe("repeats", () => {
  const countOf = (fates: Fate, until: number): number => {
    const world = new World(() => fates);
    world.send("left", 1);
    world.run(until);
    return world.frameCount;
  };

  test("the wait doubles up to retransmitMaxMs", () => {
    // Sent at 0, repeated at 100, 300, 700, 1100 ms, ...
    expect(countOf([], 99_999)).toBe(1);
    expect(countOf([], 100_000)).toBe(2);
    expect(countOf([], 299_999)).toBe(2);
    expect(countOf([], 699_999)).toBe(3);
    expect(countOf([], 1_100_000)).toBe(5);
  });

  test("gaps of one window are repaired within round trips of one wait, not a wait each", () => {
    const world = new World((n) => (n < 3 ? [] : [1000]));
    for (const id of [1, 2, 3, 4]) world.send("left", id);
    world.run(110_000);
    expect(world.heard.right).toEqual([1, 2, 3, 4]);
    expect(world.frameCount).toBeLessThanOrEqual(4 + 3 + 4);
  });

  test("a fresh connection repeats at once what is not acknowledged", () => {
    const world = new World((n) => (n < 2 ? [] : [1000]));
    world.send("left", 1);
    world.send("left", 2);
    world.run(5000);
    world.reconnect();
    world.run(7000);
    expect(world.heard.right).toEqual([1, 2]);
  });

  test("answers early what would be due soon, and at once what fills a quarter of the window", () => {
    const world = new World(prompt);
    world.send("left", 1);
    world.run(5000);
    expect(world.frameCount).toBe(1);
    // Another session's timer: this one's answer is due at 11 ms.
    world.sessions.right.timerFired(5500 as Micros);
    expect(world.frameCount).toBe(1);
    world.sessions.right.timerFired(6000 as Micros);
    expect(world.frameCount).toBe(2);
    const small = new World(prompt, { ...options, sessionWindowBytes: 8 });
    small.send("left", 1);
    small.run(1000);
    expect(small.frameCount).toBe(2);
  });

  test("a session that has nothing to wait for has no timer", () => {
    const world = new World(prompt);
    world.send("left", 1);
    expect(world.timers.left).toBeLessThan(Infinity);
    world.run(1000);
    world.send("right", 1);
    world.run(2000);
    expect(world.heard).toEqual({ left: [1], right: [1] });
    expect(world.timers.right).toBeLessThan(Infinity);
    world.run(1_000_000);
    expect(world.timers).toEqual({ left: Infinity, right: Infinity });
  });

  test("an answer carries the acknowledgement; alone it goes after acknowledgeAfterMs, or half a window", () => {
    const world = new World(prompt);
    world.send("left", 1);
    world.run(1000);
    world.send("right", 1);
    world.run(9000);
    expect(world.frameCount).toBe(2);
    world.run(30_000);
    expect(world.frameCount).toBe(3);
    for (const id of [2, 3]) world.send("left", id);
    world.run(31_500);
    expect(world.frameCount).toBe(6);
  });
});

function envelopeTo(to: Side, numbers: Pick<Envelope, "sequence" | "acknowledged">): Envelope {
  return {
    from: names[other[to]] as NodeId,
    fromIncarnation: 1,
    to: names[to] as NodeId,
    toIncarnation: 1,
    ...numbers,
    message: { type: "report", id: 9 },
  };
}
