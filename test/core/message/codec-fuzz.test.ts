/** [G11] No bytes crash the decoder, make it throw, or make it take memory beyond its limits. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Compressor, Decoded, EncodedValues, Envelope } from "../../../src/core/index.ts";
import { decodeEnvelope, encodeEnvelope } from "../../../src/core/message/codec.ts";
import { arbitraryEnvelope, arbitraryMessages, envelopeOf } from "./arbitrary-message.ts";
import { snappy } from "./snappy.ts";

const frameBytesMax = 2 ** 20;

/** Refuses to be asked for more than a block: what the codec must have checked before. */
const strict: Compressor = {
  compress: (bytes) => snappy.compress(bytes),
  uncompress: (bytes, sizeMax) => {
    if (sizeMax > 65536) throw new Error(`asked for ${sizeMax} bytes`);
    let declared = 0;
    for (let i = 0; i < 5; i++) {
      declared += (bytes[i] & 127) * 128 ** i;
      if (bytes[i] < 128) break;
    }
    expect(declared).toBe(sizeMax);
    return snappy.uncompress(bytes, sizeMax);
  },
};

function decode(frame: Uint8Array): Decoded {
  return decodeEnvelope(frame, { compressor: strict, frameBytesMax });
}

function reasonOf(frame: Uint8Array): string {
  const decoded = decode(frame);
  return decoded.ok ? "accepted" : decoded.reason;
}

/** What is accepted can be said again: the same envelope, and for plain frames the same bytes. */
function checkAccepted(frame: Uint8Array): void {
  const decoded = decode(frame);
  if (!decoded.ok) {
    expect(decoded.reason).not.toBe("");
    return;
  }
  const options = { compressor: snappy, isCompressed: frame[8] === 1 };
  const again = encodeEnvelope(decoded.envelope, options).frame;
  if (!options.isCompressed) expect(Buffer.compare(again, frame)).toBe(0);
  const twice = decode(again);
  if (!twice.ok) throw new Error(`what was accepted is refused when said again: ${twice.reason}`);
  expect(Buffer.compare(encodeEnvelope(twice.envelope, options).frame, again)).toBe(0);
}

function setUint32(frame: Uint8Array, at: number, value: number): Uint8Array {
  new DataView(frame.buffer, frame.byteOffset).setUint32(at, value, true);
  return frame;
}

/** Gives arbitrary bytes a right head, so that they are read further. */
function withHead(kind: number, flags: number, rest: Uint8Array): Uint8Array {
  const frame = new Uint8Array(new ArrayBuffer(16 + rest.length), 5, 11 + rest.length);
  const length = frame.length - 6;
  frame.set([10, (length & 127) | 128, (length >> 7) | 128, 128, 128, 0, 1, kind, flags]);
  frame.set(rest, 11);
  return frame;
}

const bulky: fc.Arbitrary<Envelope> = envelopeOf(fc.oneof(arbitraryMessages.push, arbitraryMessages.pulled));

describe("any bytes", () => {
  test("arbitrary bytes give a reason", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decode(bytes).ok).toBe(false);
      }),
      { seed: 31, numRuns: 3000 },
    );
  });

  test("arbitrary bytes behind a right head are refused, or can be said again", () => {
    const sizes = fc.tuple(fc.nat({ max: 60 }), fc.constantFrom(0, 8, 16, 64, 2 ** 31));
    fc.assert(
      fc.property(
        fc.nat({ max: 18 }),
        fc.nat({ max: 1 }),
        sizes,
        fc.uint8Array({ minLength: 8, maxLength: 120 }),
        (kind, flags, [fields, arrays], rest) => {
          setUint32(setUint32(rest, 0, fields), 4, arrays);
          checkAccepted(withHead(kind, flags, rest));
        },
      ),
      { seed: 32, numRuns: 6000 },
    );
  });

  test("every truncation of a frame is refused", () => {
    fc.assert(
      fc.property(arbitraryEnvelope, fc.boolean(), (said, isCompressed) => {
        const { frame } = encodeEnvelope(said, { compressor: snappy, isCompressed });
        const step = Math.ceil(frame.length / 40);
        for (let size = 0; size < frame.length; size += step) {
          expect(decode(frame.subarray(0, size)).ok).toBe(false);
          expect(decode(withHead(frame[7], frame[8], frame.slice(11, size))).ok).toBe(false);
        }
      }),
      { seed: 33, numRuns: 150 },
    );
  });

  test("bytes after a frame are refused", () => {
    fc.assert(
      fc.property(
        arbitraryEnvelope,
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (said, extra, isCompressed) => {
          const { frame } = encodeEnvelope(said, { compressor: snappy, isCompressed });
          const longer = new Uint8Array(frame.length - 11 + extra);
          longer.set(frame.subarray(11));
          expect(decode(withHead(frame[7], frame[8], longer)).ok).toBe(false);
        },
      ),
      { seed: 34, numRuns: 300 },
    );
  });

  for (const isCompressed of [false, true]) {
    test(`flipped bits are refused, or can be said again (${isCompressed ? "compressed" : "plain"})`, () => {
      const flips = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 7 })), { minLength: 1, maxLength: 3 });
      fc.assert(
        fc.property(fc.oneof(arbitraryEnvelope, bulky), flips, (said, bits) => {
          const { frame } = encodeEnvelope(said, { compressor: snappy, isCompressed });
          for (const [at, bit] of bits) frame[at % frame.length] ^= 1 << bit;
          checkAccepted(frame);
        }),
        { seed: 35, numRuns: 800 },
      );
    });
  }
});

describe("a reason says what was wrong", () => {
  const ack: Envelope = {
    from: "worker-0" as never,
    fromIncarnation: 1,
    to: "server-0" as never,
    toIncarnation: 1,
    sequence: 0,
    acknowledged: 0,
    message: { type: "acknowledged" },
  };
  const pulled: Envelope = {
    ...ack,
    message: {
      type: "called",
      part: { parameter: 0, slot: 0, time: 0, op: 0, segment: 0 } as never,
      token: { lineage: 0, view: 0, index: 0 },
      result: new Float64Array(20_000),
    },
  };
  const frameOf = (said: Envelope, isCompressed = false): Uint8Array =>
    encodeEnvelope(said, { compressor: snappy, isCompressed }).frame;
  const changed = (frame: Uint8Array, at: number, value: number): Uint8Array => {
    frame[at] = value;
    return frame;
  };

  const rows: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["no bytes", new Uint8Array(0), /0 bytes/],
    ["another tag", changed(frameOf(ack), 0, 0x12), /tag/],
    ["a short varint as length", changed(frameOf(ack), 1, 3), /varint of five bytes/],
    ["a wrong length", changed(frameOf(ack), 1, 200), /says 72 bytes/],
    ["a version of the future", changed(frameOf(ack), 6, 2), /version 2, this node speaks 1/],
    ["an unknown kind", changed(frameOf(ack), 7, 99), /unknown kind 99/],
    ["an unknown flag", changed(frameOf(ack), 8, 4), /unknown flags 4/],
    ["a reserved byte", changed(frameOf(ack), 10, 1), /reserved/],
    ["an oversized frame", new Uint8Array(frameBytesMax + 1), /above frameBytesMax/],
    ["fields that are longer than the frame", setUint32(frameOf(ack), 11, 2 ** 32 - 1), /fields up to byte/],
    ["arrays of 4 GiB, plain", setUint32(frameOf(pulled), 15, 2 ** 32 - 8), /above frameBytesMax/],
    ["arrays of 4 GiB, compressed", setUint32(frameOf(pulled, true), 15, 2 ** 32 - 8), /above frameBytesMax/],
    ["more arrays than blocks", setUint32(frameOf(pulled, true), 15, 2 ** 19), /a block of 65536 bytes says/],
    ["an unknown role", changed(frameOf(ack), 19, 4), /unknown role/],
  ];
  for (const [why, frame, reason] of rows) {
    test(why, () => expect(reasonOf(frame)).toMatch(reason));
  }

  test("a snappy block of 6 bytes that claims 4 GiB never reaches snappy", () => {
    const frame = frameOf(pulled, true);
    const arraysBegin =
      11 + 8 + Math.ceil(new DataView(frame.buffer, frame.byteOffset).getUint32(11, true) / 8) * 8;
    frame.set([0xff, 0xff, 0xff, 0xff, 0x0f, 0x00], arraysBegin + 4);
    expect(reasonOf(frame)).toMatch(/says that it has 4294967295/);
  });

  test("keys that do not ascend", () => {
    const said: Envelope = {
      ...ack,
      message: {
        type: "pull",
        part: { parameter: 0, slot: 0, time: 0, op: 0, segment: 0 } as never,
        view: 0,
        after: {
          below: 0 as never,
          time: 0 as never,
          op: undefined,
          isExact: false,
          token: { lineage: 0, view: 0, index: 0 },
        },
        floor: 0 as never,
        keys: { hash: "0".repeat(32), count: 2, pairs: Uint32Array.of(7, 1, 8, 0) },
        range: undefined,
        base: 0,
      },
    };
    expect(reasonOf(frameOf(said))).toMatch(/key 1 is not above the one before it/);
  });

  const values: EncodedValues = {
    element: "float64",
    width: 1,
    count: 3,
    mask: Uint8Array.of(5),
    data: Uint8Array.of(1, 2),
    fixed: { bytes: 1, blocks: Uint32Array.of(4), extremes: Float64Array.of(0, 1), rows: Uint32Array.of(2) },
    scale: 1,
    base: 9,
    cleared: Uint8Array.of(2),
  };
  /** Its arrays, 8 bytes each, from the end: data, rows, blocks, extremes (16), cleared, mask. */
  const answer: Envelope = {
    ...ack,
    message: {
      type: "pulled",
      part: { parameter: 0, slot: 0, time: 0, op: 0, segment: 0 } as never,
      token: { lineage: 0, view: 0, index: 0 },
      keys: undefined,
      values,
    },
  };
  const fromEnd = (frame: Uint8Array, distance: number, value: number): Uint8Array =>
    changed(frame, frame.length - distance, value);
  const lies: readonly (readonly [string, number, number, RegExp])[] = [
    ["a mask beyond its keys", 56, 13, /bits beyond its 3 keys/],
    ["cleared rows that are sent", 48, 1, /both sent and cleared/],
    ["key blocks of other rows", 16, 3, /key blocks of 3 rows where there are 2/],
    ["padding that is not zero", 1, 1, /padding/],
  ];

  test("a count of keys that no frame can hold is refused before anything is counted", () => {
    const frame = frameOf(answer);
    const flags = frame.indexOf(3, 30);
    expect([...frame.subarray(flags, flags + 2)]).toEqual([3, 1]);
    const fields = frame.subarray(19, 19 + new DataView(frame.buffer, frame.byteOffset).getUint32(11, true));
    const longer = Uint8Array.of(
      ...frame.subarray(11, flags),
      0xf9,
      0xff,
      0xff,
      0xff,
      0x0f,
      ...fields.subarray(flags + 1 - 19),
    );
    setUint32(longer, 0, fields.length + 4);
    setUint32(longer, 4, 8);
    const size = 8 * Math.ceil(longer.length / 8) + 8;
    const padded = new Uint8Array(size);
    padded.set(longer);
    expect(reasonOf(withHead(frame[7], 0, padded))).toMatch(/number of keys is 4294967289, above/);
  });

  for (const [why, distance, value, reason] of lies) {
    test(`values with ${why}`, () => {
      expect(reasonOf(frameOf(answer))).toBe("accepted");
      expect(reasonOf(fromEnd(frameOf(answer), distance, value))).toMatch(reason);
    });
  }
});
