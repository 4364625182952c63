import fc from "fast-check";
import { expect, test } from "vitest";
import { nodeId } from "../../src/core/index.ts";
import { Network, type NetworkOptions } from "../../src/sim/world/network.ts";
import { Random } from "../../src/sim/world/random.ts";

const a = nodeId("worker-0");
const b = nodeId("server-0");
const data = { from: a, to: b, channel: "data" } as const;
const control = { from: a, to: b, channel: "control" } as const;
const back = { from: b, to: a, channel: "data" } as const;

function network(
  link: Partial<NetworkOptions["link"]>,
  bytesPerSecond: number = Number.POSITIVE_INFINITY,
): Network {
  const options: NetworkOptions = {
    link: {
      mode: "stream",
      delay: { kind: "lognormal", p50: 100, p99: 5000 },
      loss: 0,
      duplicate: 0,
      reorder: 0,
      repeat: 0,
      reorderMicros: 1000,
      reset: 0,
      reconnectMicros: 500,
      ...link,
    },
    egressBytesPerSecond: bytesPerSecond,
    ingressBytesPerSecond: bytesPerSecond,
  };
  return new Network(options, new Random("seed"));
}

test("a stream link delivers in order, whatever the delays", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 2, maxLength: 50 }), (gaps) => {
      const wires = network({});
      let now = 0;
      let last = 0;
      for (const gap of gaps) {
        now += gap;
        const [arrival] = wires.send(data, 100, now).arrivals;
        expect(arrival).toBeGreaterThanOrEqual(last);
        expect(arrival).toBeGreaterThan(now);
        last = arrival;
      }
    }),
    { seed: 1, numRuns: 100 },
  );
});

test("a datagram link loses, duplicates and reorders about as often as it is told", () => {
  const wires = network({ mode: "datagram", loss: 0.2, duplicate: 0.1, reorder: 0.3 });
  let copies = 0;
  for (let i = 0; i < 10_000; i++) copies += wires.send(data, 10, i).arrivals.length;
  expect(wires.counts.lost / 10_000).toBeCloseTo(0.2, 1);
  expect(wires.counts.duplicated / 10_000).toBeCloseTo(0.1, 1);
  expect(wires.counts.reordered / 8_000).toBeCloseTo(0.3, 1);
  expect(copies).toBe(10_000 - wires.counts.lost + wires.counts.duplicated);
});

test("frames queue at the NIC, and control does not wait behind data", () => {
  const wires = network({ delay: { kind: "constant", value: 10 } }, 1e6);
  expect(wires.send(data, 1_000_000, 0).arrivals).toEqual([2_000_010]);
  expect(wires.send(data, 1_000_000, 0).arrivals).toEqual([3_000_010]);
  expect(wires.send(control, 100, 0).arrivals).toEqual([110]);
});

test("a reset loses what is in flight, and the connection opens again later", () => {
  const wires = network({ reset: 1, delay: { kind: "constant", value: 10 } });
  const fate = wires.send(data, 10, 100);
  expect(fate.arrivals).toEqual([]);
  expect(fate.reopenedAt).toBe(600);
  // While it is closed there is nothing to break: one break has one new connection.
  expect(wires.send(data, 10, 300)).toEqual({
    arrivals: [],
    reopenedAt: undefined,
    connection: fate.connection,
  });
});

test("a reset closes the connection that earlier frames travel on, and no other", () => {
  const wires = network({ reset: 0.2, delay: { kind: "constant", value: 10 } });
  const other = wires.send(control, 10, 0).connection;
  let before = wires.send(data, 10, 0);
  let now = 0;
  for (let resets = 0; resets < 20; ) {
    now += 1000;
    const fate = wires.send(data, 10, now);
    expect(before.connection.isOpen).toBe(fate.reopenedAt === undefined);
    expect(fate.connection.isOpen).toBe(true);
    expect(fate.arrivals.length).toBe(fate.reopenedAt === undefined ? 1 : 0);
    if (fate.reopenedAt !== undefined) resets++;
    before = fate;
  }
  expect(other.isOpen).toBe(true);
});

test("one more draw on a link moves nothing on another", () => {
  const arrivals = (extra: number): readonly number[] => {
    const wires = network({ mode: "datagram", loss: 0.5 });
    for (let i = 0; i < extra; i++) wires.send(data, 10, 0);
    return Array.from({ length: 50 }, (_, i) => wires.send(back, 10, i).arrivals[0] ?? -1);
  };
  expect(arrivals(0)).toEqual(arrivals(17));
});
