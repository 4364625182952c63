import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Envelope, Message, MessageType, NodeId } from "../../../src/core/index.ts";
import { decodeEnvelope, encodeEnvelope } from "../../../src/core/message/codec.ts";
import { arbitraryEnvelope, arbitraryMessages, envelopeOf } from "./arbitrary-message.ts";
import { snappy } from "./snappy.ts";

const frameBytesMax = 2 ** 24;
const plain = { compressor: snappy, isCompressed: false };
const compressed = { compressor: snappy, isCompressed: true };

function decoded(frame: Uint8Array): Envelope {
  const result = decodeEnvelope(frame, { compressor: snappy, frameBytesMax });
  if (!result.ok) throw new Error(`refused: ${result.reason}`);
  return result.envelope;
}

function envelope(message: Message): Envelope {
  return {
    from: "worker-0" as NodeId,
    fromIncarnation: 1,
    to: "server-1" as NodeId,
    toIncarnation: 2,
    sequence: 3,
    acknowledged: 4,
    message,
  };
}

/** A push of `count` keys whose values repeat. */
function push(count: number): Message {
  return {
    type: "push",
    part: { parameter: 0, slot: 0, time: 5, op: 0, segment: 7 } as never,
    view: 1,
    epoch: 1,
    slots: [0, 1] as never,
    argument: [1.5],
    recordHash: "ab",
    floor: 4 as never,
    keys: {
      hash: "00112233445566778899aabbccddeeff",
      count,
      pairs: Uint32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? i * 3 : 0)),
    },
    values: {
      element: "float32",
      width: 1,
      count,
      mask: undefined,
      data: Float32Array.from({ length: count }, (_, i) => (i % 7 === 0 ? 0.5 : 0)),
      fixed: undefined,
      scale: 1,
      base: 0,
      cleared: undefined,
    },
  };
}

describe("what was said is what is heard", () => {
  for (const type of Object.keys(arbitraryMessages) as MessageType[]) {
    test(`${type}, plain and compressed`, () => {
      const message = arbitraryMessages[type] as fc.Arbitrary<Message>;
      fc.assert(
        fc.property(envelopeOf(message), fc.boolean(), (said, isCompressed) => {
          const { frame } = encodeEnvelope(said, isCompressed ? compressed : plain);
          expect(decoded(frame)).toEqual(said);
        }),
        { seed: 21, numRuns: 150 },
      );
    });
  }

  test("from memory that is not aligned too, and the frame stays as it was", () => {
    fc.assert(
      fc.property(arbitraryEnvelope, fc.nat({ max: 7 }), fc.boolean(), (said, offset, isCompressed) => {
        const { frame } = encodeEnvelope(said, isCompressed ? compressed : plain);
        const moved = new Uint8Array(new ArrayBuffer(frame.length + 8), offset, frame.length);
        moved.set(frame);
        expect(decoded(moved)).toEqual(said);
        expect(moved).toEqual(frame);
      }),
      { seed: 22, numRuns: 300 },
    );
  });

  test("equal envelopes have equal bytes", () => {
    fc.assert(
      fc.property(arbitraryEnvelope, fc.boolean(), (said, isCompressed) => {
        const options = isCompressed ? compressed : plain;
        const { frame } = encodeEnvelope(said, options);
        expect(encodeEnvelope(decoded(frame), options).frame).toEqual(frame);
      }),
      { seed: 23, numRuns: 300 },
    );
  });
});

describe("the layout", () => {
  test("a frame is the protobuf message Frame { bytes body = 1; }, its length in five bytes", () => {
    const { frame } = encodeEnvelope(envelope(push(100)), plain);
    let length = 0;
    for (let i = 4; i >= 0; i--) length = length * 128 + (frame[1 + i] & 127);
    expect(frame[0]).toBe(0x0a);
    expect(length).toBe(frame.length - 6);
    expect([...frame.subarray(1, 5)].every((byte) => byte >= 128)).toBe(true);
  });

  test("arrays of a frame at gRPC's offset are views of it, not copies", () => {
    const { frame } = encodeEnvelope(envelope(push(100)), plain);
    expect(frame.byteOffset % 8).toBe(5);
    const { message } = decoded(frame);
    if (message.type !== "push") throw new Error("a push stays a push");
    expect(message.keys.pairs?.buffer).toBe(frame.buffer);
    expect(message.values.data.buffer).toBe(frame.buffer);
  });

  test("compression shrinks what repeats, over several blocks, and says by how much", () => {
    const said = envelope(push(30_000));
    const small = encodeEnvelope(said, compressed);
    const large = encodeEnvelope(said, plain);
    expect(small.snappySavedBytes).toBe(large.frame.length - small.frame.length);
    expect(small.frame.length).toBeLessThan(0.8 * large.frame.length);
    expect(decoded(small.frame)).toEqual(said);
    expect(large.snappySavedBytes).toBe(0);
  });

  test("a cached key list costs its hash, and a bare acknowledgement 27 bytes", () => {
    const ack = encodeEnvelope(envelope({ type: "acknowledged" }), plain).frame;
    expect(ack.length).toBe(27);
    const said = push(1000);
    if (said.type !== "push") throw new Error("a push is a push");
    const known = { ...said, keys: { ...said.keys, pairs: undefined } };
    const saved =
      encodeEnvelope(envelope(said), plain).frame.length -
      encodeEnvelope(envelope(known), plain).frame.length;
    expect(saved).toBe(8 * 1000);
  });
});

describe("what breaks a rule of the wire is a bug of the sender", () => {
  const rows: readonly (readonly [string, Message, RegExp])[] = [
    ["keys and rows differ in number", { ...push(3), values: (push(2) as never)["values"] } as never, /row/],
    ["slots descend", { ...push(1), slots: [2, 1] } as never, /ascending/],
    ["a count is negative", { type: "report", id: -1 }, /non-negative/],
    [
      "a count is a fraction",
      { type: "heartbeat", count: 0.5, isLeaving: false, isAsking: true },
      /safe integer/,
    ],
  ];
  for (const [why, message, reason] of rows) {
    test(why, () => {
      expect(() => encodeEnvelope(envelope(message), plain)).toThrow(reason);
      expect(decoded(encodeEnvelope(envelope(push(1)), plain).frame)).toEqual(envelope(push(1)));
    });
  }
});
