import { afterEach, describe, expect, test } from "vitest";
import {
  type Effect,
  type Event,
  type JobOutcome,
  type Micros,
  type Node,
  type Observation,
  type ProgramStep,
  type RegistryAnswer,
  type Wait,
  micros,
  nodeId,
  slot,
  taskTime,
} from "../../../src/core/index.ts";
import { type DriverPorts, NodeDriver } from "../../../src/net/driver/node-driver.ts";
import type { Programs } from "../../../src/net/program/programs.ts";
import type { Changed, RegistryPort } from "../../../src/net/registry/registry-port.ts";
import { until } from "../support/clock.ts";

/** A node that answers events as it is told, and notes what it saw. */
class ScriptedNode implements Node {
  readonly id = nodeId("worker-0");
  readonly seen: { readonly event: Event; readonly now: Micros }[] = [];
  private isStepping = false;
  private readonly answer: (event: Event, now: Micros) => readonly Effect[];

  constructor(answer: (event: Event, now: Micros) => readonly Effect[]) {
    this.answer = answer;
  }

  step(event: Event, now: Micros): readonly Effect[] {
    if (this.isStepping) throw new Error("a step within a step");
    this.isStepping = true;
    this.seen.push({ event, now });
    const effects = this.answer(event, now);
    this.isStepping = false;
    return effects;
  }

  digest(): number {
    return 0;
  }

  why(): readonly Wait[] {
    return [];
  }

  types(): readonly string[] {
    return this.seen.map(({ event }) => (event.type === "timer-fired" ? event.timer : event.type));
  }
}

interface World {
  readonly node: ScriptedNode;
  readonly driver: NodeDriver;
  readonly done: string[];
  readonly stops: (string | undefined)[];
  readonly failures: Error[];
  changed: Changed | undefined;
}

let drivers: NodeDriver[] = [];
afterEach(() => {
  for (const driver of drivers) driver.close();
  drivers = [];
});

function makeWorld(answer: (event: Event, now: Micros) => readonly Effect[]): World {
  const done: string[] = [];
  const stops: (string | undefined)[] = [];
  const failures: Error[] = [];
  const node = new ScriptedNode(answer);
  const registry: RegistryPort = {
    execute: (request) => {
      done.push(`registry ${request.type}`);
      const answered: RegistryAnswer = { type: "kept", isAlive: true };
      return Promise.resolve(answered);
    },
    watch: (prefix, changed) => {
      done.push(`watch ${prefix}`);
      world.changed = changed;
      return () => done.push("watch ends");
    },
    watcherCount: 0,
    close: () => Promise.resolve(),
  };
  const programs: Programs = {
    setJob: (job) => done.push(`job ${job.name}`),
    load: (which, _share, answered) => answered({ type: "share-failed", slot: which, reason: "none" }),
    compute: (_slot, time, _input, answered) => {
      done.push(`compute ${time}`);
      const step: ProgramStep = { type: "failed", reason: "none" };
      answered(step);
    },
    close: () => Promise.resolve(),
  };
  const ports: DriverPorts = {
    transport: {
      send: (to, channel, frame) => done.push(`send ${to} ${channel} ${frame.length}`),
      setIncarnation: (incarnation) => done.push(`incarnation ${incarnation}`),
      setReadingPaused: (isPaused) =>
        done.push(`${isPaused ? "pause" : "resume"} before event ${node.seen.length}`),
      setPeer: (peer, address, incarnation) => done.push(`peer ${peer} ${address} ${incarnation}`),
    },
    registry,
    programs,
    checkpoints: undefined,
    eventQueueBytesMax: 1000,
    learned: () => {},
    observe: (fact: Observation) => done.push(`observe ${fact.type}`),
    recorder: undefined,
    outcome: (outcome: JobOutcome) => done.push(`outcome ${outcome.endedBy}`),
    evicted: (reason) => stops.push(reason),
    stopped: (reason) => stops.push(reason),
    failed: (error) => failures.push(error),
  };
  const driver = new NodeDriver(node, ports);
  drivers.push(driver);
  const world: World = { node, driver, done, stops, failures, changed: undefined };
  return world;
}

const fact: Effect = { type: "observe", fact: { type: "node-started", incarnation: 1 } };

describe("a driver", () => {
  test("does effects in order, and feeds what they bring about only after all of them", () => {
    const world = makeWorld((event) =>
      event.type === "started"
        ? [
            {
              type: "compute",
              slot: slot(0),
              time: taskTime(3),
              input: { type: "begin", task: {} as never },
            },
            { type: "send", to: nodeId("server-0"), channel: "data", frame: new Uint8Array(20) },
            { type: "load-share", slot: slot(0), share: { slot: slot(0), slotCount: 1, source: null } },
            fact,
          ]
        : [],
    );
    world.driver.start();
    expect(world.done).toEqual(["compute 3", "send server-0 data 20", "observe node-started"]);
    expect(world.node.types()).toEqual(["started", "computed", "share-failed"]);
  });

  test("never steps at a time before the last one", async () => {
    let count = 0;
    const world = makeWorld((_event, now) =>
      count++ < 200 ? [{ type: "set-timer", timer: `t${count}`, at: micros(now + (count % 3)) }] : [],
    );
    world.driver.start();
    await until(() => world.node.seen.length > 200, "the timers fire");
    const times = world.node.seen.map(({ now }) => now);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test("fires a timer at its newest time and once, and a cancelled one not at all", async () => {
    const world = makeWorld((event, now) =>
      event.type === "started"
        ? [
            { type: "set-timer", timer: "moved-back", at: micros(now + 1_000_000_000) },
            { type: "set-timer", timer: "moved-back", at: micros(now + 20_000) },
            { type: "set-timer", timer: "moved-on", at: micros(now + 5_000) },
            { type: "set-timer", timer: "moved-on", at: micros(now + 60_000) },
            { type: "set-timer", timer: "cancelled", at: micros(now + 10_000) },
            { type: "cancel-timer", timer: "cancelled" },
            { type: "set-timer", timer: "set-again", at: micros(now + 10_000) },
            { type: "cancel-timer", timer: "set-again" },
            { type: "set-timer", timer: "set-again", at: micros(now + 40_000) },
            { type: "set-timer", timer: "past", at: now },
          ]
        : [],
    );
    world.driver.start();
    await until(() => world.node.types().includes("moved-on"), "the last timer fires");
    expect(world.node.types()).toEqual(["started", "past", "moved-back", "set-again", "moved-on"]);
    const begin = world.node.seen[0].now;
    const firedAfter = new Map(world.node.types().map((type, i) => [type, world.node.seen[i].now - begin]));
    expect(firedAfter.get("moved-back")).toBeGreaterThanOrEqual(20_000);
    expect(firedAfter.get("set-again")).toBeGreaterThanOrEqual(40_000);
    expect(firedAfter.get("moved-on")).toBeGreaterThanOrEqual(60_000);
  });

  test("learns from the registry where peers are and which job it is, before the node hears of it", () => {
    const world = makeWorld((event) =>
      event.type === "started"
        ? [{ type: "registry", id: 5, request: { type: "watch", prefix: "" } }]
        : [fact],
    );
    world.driver.start();
    const put = (key: string, value: unknown) =>
      ({
        type: "put",
        record: { key, value: JSON.stringify(value), created: 1, modified: 1, lease: 0 },
      }) as const;
    const job = { schema: "tauring.job/1", name: "j", application: "a", seed: "s", slotCount: 1, tau: 0 };
    world.changed?.(
      [
        put("nodes/worker-0", { incarnation: 3, address: "me:1" }),
        put("nodes/server-0", { incarnation: 2, address: "there:2" }),
        put("nodes/nobody", { incarnation: 2, address: "there:2" }),
        put("job", { ...job, pushFilters: [], pullFilters: [], options: {}, source: null, keyMax: "9" }),
      ],
      7,
    );
    world.changed?.([{ type: "deleted", key: "nodes/server-0", modified: 9 }], 9);
    expect(world.done).toEqual([
      "watch ",
      "observe node-started",
      "incarnation 3",
      "peer server-0 there:2 2",
      "job j",
      "observe node-started",
      "peer server-0 undefined 0",
      "observe node-started",
    ]);
    expect(world.node.types()).toEqual([
      "started",
      "registry-answered",
      "registry-changed",
      "registry-changed",
    ]);
    expect(world.node.seen[1].event).toEqual({
      type: "registry-answered",
      id: 5,
      answer: { type: "watching", revision: 7 },
    });
  });

  test("does nothing more after `stopped`, and takes down what was set up", async () => {
    const world = makeWorld((event, now) =>
      event.type === "started"
        ? [
            { type: "set-timer", timer: "later", at: micros(now + 1000) },
            { type: "registry", id: 1, request: { type: "watch", prefix: "" } },
          ]
        : [{ type: "stopped", reason: "asked" }, fact],
    );
    world.driver.start();
    world.driver.requestStop("please", false);
    world.driver.received(nodeId("server-0"), "data", new Uint8Array(20));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(world.stops).toEqual(["asked"]);
    expect(world.done).toEqual(["watch ", "watch ends"]);
    expect(world.node.types()).toEqual(["started", "stop-requested"]);
  });

  test("says with each frame who is at the other end", () => {
    const world = makeWorld(() => []);
    const [from, frame] = [nodeId("server-0"), new Uint8Array(20)];
    world.driver.received(from, "data", frame);
    expect(world.node.seen[0].event).toEqual({ type: "received", from, channel: "data", frame });
  });

  test("reads nothing more while too many bytes wait for the node, until half of them are done", () => {
    const world = makeWorld((event) => {
      if (event.type === "started") {
        for (let i = 0; i < 12; i++) world.driver.received(nodeId("server-0"), "data", new Uint8Array(100));
      }
      return [];
    });
    world.driver.start();
    expect(world.node.seen).toHaveLength(13);
    // 1200 bytes wait after `started`, 500 when the seventh frame is taken.
    expect(world.done).toEqual(["pause before event 1", "resume before event 7"]);
    world.driver.received(nodeId("server-0"), "data", new Uint8Array(900));
    expect(world.done).toHaveLength(2);
  });

  test("stops when core finds an invariant broken, and hands on what it said", () => {
    const world = makeWorld(() => {
      throw new Error("Invariant: a clock goes on");
    });
    world.driver.start();
    world.driver.connected(nodeId("server-0"), "data");
    expect(world.failures.map(({ message }) => message)).toEqual(["Invariant: a clock goes on"]);
    expect(world.node.seen).toHaveLength(1);
  });

  test("gives the loop a turn between many events", async () => {
    let spun = 0;
    const world = makeWorld(() => {
      const end = performance.now() + 1;
      while (performance.now() < end) spun++;
      return spun > 0 && world.node.seen.length < 60
        ? [{ type: "load-share", slot: slot(0), share: { slot: slot(0), slotCount: 1, source: null } }]
        : [];
    });
    let seenAtTurn = 0;
    setImmediate(() => {
      seenAtTurn = world.node.seen.length;
    });
    world.driver.start();
    await until(() => world.node.seen.length === 60, "every event is fed");
    expect(seenAtTurn).toBeGreaterThan(0);
    expect(seenAtTurn).toBeLessThan(60);
  });
});
