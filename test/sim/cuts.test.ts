/** What a cut, a crash and a restart do to links, and to the way to the registry. */
import { describe, expect, test } from "vitest";
import { nodeId, type RegistryRequest } from "../../src/core/index.ts";
import { Cuts } from "../../src/sim/world/cuts.ts";
import { EventQueue } from "../../src/sim/world/event-queue.ts";
import type { Fault } from "../../src/sim/world/fault.ts";
import type { Life } from "../../src/sim/world/home.ts";
import { type LinkProfile, Network } from "../../src/sim/world/network.ts";
import { Random } from "../../src/sim/world/random.ts";
import { noRegistryFaults } from "../../src/sim/world/registry-faults.ts";
import { RegistryLine } from "../../src/sim/world/registry-line.ts";
import { SimulatedRegistry } from "../../src/sim/world/registry.ts";

const worker = nodeId("worker-0");
const server = nodeId("server-0");
const there = { from: worker, to: server, channel: "data" } as const;
const back = { from: server, to: worker, channel: "data" } as const;
const delayMicros = 10;
const reconnectMicros = 500;

type CutFault = Fault & { readonly kind: "cut" };

/** Between 100 and 200, from the worker to the server. */
function cutFault(other: Partial<CutFault> = {}): CutFault {
  return {
    kind: "cut",
    from: [worker],
    to: [server],
    isBothWays: false,
    mode: "drop",
    at: 100,
    until: 200,
    ...other,
  };
}

function world(mode: LinkProfile["mode"] = "stream"): { readonly wires: Network; readonly cuts: Cuts } {
  const cuts = new Cuts();
  const link: LinkProfile = {
    mode,
    delay: { kind: "constant", value: delayMicros },
    loss: 0,
    duplicate: 0,
    reorder: 0,
    repeat: 0,
    reorderMicros: 0,
    reset: 0,
    reconnectMicros,
  };
  const speeds = { egressBytesPerSecond: 1e6, ingressBytesPerSecond: Number.POSITIVE_INFINITY };
  return { wires: new Network({ link, ...speeds }, new Random("cuts"), cuts), cuts };
}

describe("a cut", () => {
  test("that drops loses what is sent one way; the stream breaks when it has ended, and opens again", () => {
    const { wires, cuts } = world();
    const before = wires.send(there, 0, 90);
    const cut = cuts.begin(cutFault());
    expect(wires.send(there, 0, 100).arrivals).toEqual([]);
    expect(wires.send(back, 0, 100).arrivals).toEqual([110]);
    const last = wires.send(there, 0, 199);
    cuts.end(cut);
    expect(before.connection.isOpen).toBe(true);
    const [reopening, ...others] = wires.heal(cut, 200);
    expect([reopening.route, reopening.at, others]).toEqual([there, 700, []]);
    expect(last.connection.isOpen).toBe(false);
    expect(wires.send(there, 0, 699).arrivals).toEqual([]);
    expect(wires.send(there, 0, 700).arrivals).toEqual([710]);
  });

  test("that drops nothing breaks nothing, and one of datagrams never does", () => {
    const streams = world();
    const idle = streams.cuts.begin(cutFault());
    streams.cuts.end(idle);
    expect(streams.wires.heal(idle, 200)).toEqual([]);
    const datagrams = world("datagram");
    const cut = datagrams.cuts.begin(cutFault());
    expect(datagrams.wires.send(there, 0, 100).arrivals).toEqual([]);
    datagrams.cuts.end(cut);
    expect(datagrams.wires.heal(cut, 200)).toEqual([]);
    expect(datagrams.wires.send(there, 0, 200).arrivals).toEqual([210]);
  });

  test("that holds delivers later, in order, and does not hold up the node's other links", () => {
    const { wires, cuts } = world();
    const cut = cuts.begin(cutFault({ isBothWays: true, mode: "hold" }));
    expect(wires.send(there, 50, 100).arrivals).toEqual([210]);
    expect(wires.send({ ...there, to: nodeId("server-1") }, 50, 100).arrivals).toEqual([210]);
    expect(wires.send(there, 150, 100).arrivals).toEqual([360]);
    expect(wires.send(back, 0, 100).arrivals).toEqual([210]);
    cuts.end(cut);
    expect(wires.heal(cut, 200)).toEqual([]);
    expect(wires.send({ ...there, channel: "control" }, 0, 200).arrivals).toEqual([210]);
  });

  test("that ends while another lasts leaves the stream to that one", () => {
    const { wires, cuts } = world();
    const first = cuts.begin(cutFault());
    const second = cuts.begin(cutFault({ mode: "hold", until: 300 }));
    const third = cuts.begin(cutFault({ mode: "hold", until: 250 }));
    expect(wires.send(there, 0, 150).arrivals).toEqual([]);
    cuts.end(first);
    expect(wires.heal(first, 200)).toEqual([]);
    expect(wires.send(there, 0, 210).arrivals).toEqual([310]);
    cuts.end(third);
    cuts.end(second);
    expect(wires.heal(second, 300).map(({ at }) => at)).toEqual([800]);
  });
});

describe("a node that is gone", () => {
  test("without a word takes what it sent on streams with it, and is reached again once it is there", () => {
    const { wires } = world();
    const sent = wires.send(back, 0, 90);
    const coming = wires.send(there, 0, 90);
    wires.close(server, true);
    expect([sent.connection.isOpen, coming.connection.isOpen]).toEqual([false, false]);
    expect(wires.send(there, 0, 100).arrivals).toEqual([]);
    expect(wires.send({ ...there, from: nodeId("worker-1") }, 0, 100).arrivals).toEqual([]);
    const reopenings = wires.open(server, 200);
    expect(reopenings.map(({ route, at }) => `${route.from} ${route.channel} ${at}`)).toEqual([
      "worker-0 control 700",
      "worker-0 data 700",
      "worker-1 control 700",
      "worker-1 data 700",
    ]);
    expect(wires.send(there, 0, 699).arrivals).toEqual([]);
    expect(wires.send(there, 0, 700).arrivals).toEqual([710]);
    expect(wires.send(back, 0, 200).arrivals).toEqual([210]);
    expect(wires.open(server, 800)).toEqual([]);
  });

  test("in good order has sent what it sent; so has one that sends datagrams", () => {
    const { wires } = world();
    const sent = wires.send(back, 0, 90);
    wires.close(server, false);
    expect(sent.connection.isOpen).toBe(true);
    const datagrams = world("datagram").wires;
    const datagram = datagrams.send(back, 0, 90);
    datagrams.close(server, true);
    expect(datagram.connection.isOpen).toBe(true);
    expect(datagrams.open(server, 200)).toEqual([]);
    expect(datagrams.send(there, 0, 200).arrivals).toEqual([210]);
  });

  test("when a cut ends is not reached by it", () => {
    const { wires, cuts } = world();
    const cut = cuts.begin(cutFault());
    wires.send(there, 0, 100);
    wires.close(server, true);
    cuts.end(cut);
    expect(wires.heal(cut, 200)).toEqual([]);
    expect(wires.send(there, 0, 900).arrivals).toEqual([]);
  });
});

describe("the registry behind a cut", () => {
  const timeoutMicros = 1000;
  const rewatchMicros = 50;
  const watch: RegistryRequest = { type: "watch", prefix: "" };
  const fromRegistry = cutFault({ from: ["registry"], to: [worker] });

  function put(key: string): RegistryRequest {
    return { type: "transact", compare: [], writes: [{ type: "put", key, value: "1", lease: 0 }] };
  }

  function registry(): { readonly registry: SimulatedRegistry; readonly cuts: Cuts } {
    const cuts = new Cuts();
    const faults = { ...noRegistryFaults, timeoutMicros, rewatchMicros };
    const delay = { kind: "constant", value: delayMicros } as const;
    return { registry: new SimulatedRegistry(delay, new Random("registry"), faults, cuts), cuts };
  }

  function told(posts: ReturnType<SimulatedRegistry["execute"]>): readonly string[] {
    return posts.map(({ to, at, content }) => {
      const what = content.type === "answer" ? content.answer.type : `${content.changes.length} changes`;
      return `${at} ${to} ${what}`;
    });
  }

  test("is asked, and not heard; its watch goes on with the difference after the last cut", () => {
    const { registry: one, cuts } = registry();
    one.execute(worker, 1, watch, 0);
    const cut = cuts.begin(fromRegistry);
    expect(told(one.execute(worker, 2, put("a"), 100))).toEqual(["1100 worker-0 unavailable"]);
    expect(one.value("a")).toBe("1");
    expect(told(one.execute(server, 3, put("b"), 110))).toEqual(["120 server-0 transacted"]);
    expect(one.nextExpiry()).toBe(250);
    cuts.end(cut);
    const next = cuts.begin({ ...fromRegistry, at: 220, until: 300 });
    expect(told(one.expire(250))).toEqual([]);
    expect(one.nextExpiry()).toBe(350);
    cuts.end(next);
    expect(told(one.expire(350))).toEqual(["360 worker-0 2 changes"]);
  });

  test("does not begin a watch whose beginning is not heard", () => {
    const { registry: one, cuts } = registry();
    const cut = cuts.begin(fromRegistry);
    expect(told(one.execute(worker, 1, watch, 100))).toEqual(["1100 worker-0 unavailable"]);
    cuts.end(cut);
    expect(told(one.execute(server, 2, put("a"), 300))).toEqual(["310 server-0 transacted"]);
  });

  test("is heard when a cut that holds has ended, unless that is too late for an answer", () => {
    const { registry: one, cuts } = registry();
    one.execute(worker, 1, watch, 0);
    cuts.begin({ ...fromRegistry, mode: "hold" });
    expect(told(one.execute(worker, 2, put("a"), 100))).toEqual([
      "210 worker-0 transacted",
      "210 worker-0 1 changes",
    ]);
    cuts.begin({ ...fromRegistry, mode: "hold", until: 2000 });
    expect(told(one.execute(worker, 3, put("b"), 110))).toEqual([
      "1110 worker-0 unavailable",
      "2010 worker-0 1 changes",
    ]);
  });

  test("has nothing more to tell to a life that is over", () => {
    const { registry: one } = registry();
    one.execute(worker, 1, watch, 0);
    one.forget(worker);
    expect(told(one.execute(server, 2, put("a"), 100))).toEqual(["110 server-0 transacted"]);
  });

  /** What a worker hears that asks at 100, and dies at `diesAt`. */
  function asked(fault: CutFault | undefined, request: RegistryRequest, diesAt = 10_000): readonly string[] {
    const { registry: one, cuts } = registry();
    const queue = new EventQueue<() => void>();
    const life = { home: { id: worker }, state: "running" } as unknown as Life;
    const heard: string[] = [];
    let now = 100;
    const line = new RegistryLine({
      registry: one,
      cuts,
      now: () => now,
      act: (at, act) => queue.push(at, act),
      life: () => life,
      deliver: (at, _, event) => {
        if (life.state === "running")
          heard.push(`${at} ${event.type === "registry-answered" ? event.answer.type : "changes"}`);
      },
    });
    if (fault !== undefined) cuts.begin(fault);
    line.ask(life, { type: "registry", id: 1, request });
    queue.push(diesAt, () => (life.state = "over"));
    while (queue.size > 0) {
      now = queue.nextTime;
      queue.pop()?.();
    }
    const isDone = one.value("a") !== undefined;
    const isWatched = one.execute(server, 2, put("b"), now).some(({ to }) => to === worker);
    return [...heard, isWatched ? "watched" : isDone ? "done" : "not done"];
  }

  const toRegistry = cutFault({ to: ["registry"] });

  test.each([
    ["that is not there", undefined, ["120 transacted", "done"]],
    ["that drops requests", toRegistry, ["1100 unavailable", "not done"]],
    ["that holds requests", { ...toRegistry, mode: "hold" as const }, ["220 transacted", "done"]],
    [
      "that holds them too long",
      { ...toRegistry, mode: "hold" as const, until: 2000 },
      ["1100 unavailable", "done"],
    ],
  ])("%s decides what is done, and what is heard of it", (_, fault, expected) => {
    expect(asked(fault, put("a"))).toEqual(expected);
  });

  test("does what a node asked before it died, and begins no watch for it", () => {
    expect(asked(undefined, put("a"), 105)).toEqual(["done"]);
    expect(asked(undefined, watch)).toEqual(["120 watching", "120 changes", "watched"]);
    expect(asked(undefined, watch, 105)).toEqual(["not done"]);
  });
});
