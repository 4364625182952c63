import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { allocateFrame, headBytes, writeHead } from "../../../src/core/index.ts";
import { defaultTransportLimits } from "../../../src/net/transport/limits.ts";
import { Outbox } from "../../../src/net/transport/outbox.ts";
import {
  chunkKind,
  frameKind,
  normalize,
  packSeveral,
  severalKind,
  unpackChunk,
  unpackSeveral,
} from "../../../src/net/transport/packing.ts";
import { Reassembly, ReassemblyBudget } from "../../../src/net/transport/reassembly.ts";

const limits = { ...defaultTransportLimits, chunkBytes: 64, smallFrameBytes: 40, peerQueueBytesMax: 4096 };

function frame(size: number, fill: number): Uint8Array {
  const bytes = allocateFrame(size).fill(fill, headBytes);
  writeHead(bytes, 1, 0);
  return bytes;
}

const frames = fc.array(fc.tuple(fc.integer({ min: headBytes, max: 300 }), fc.nat(255)), { maxLength: 12 });

/** What the other end makes of the messages. */
function receive(messages: readonly Uint8Array[]): Uint8Array[] {
  const reassembly = new Reassembly(new ReassemblyBudget(1e6), 1e6);
  const out: Uint8Array[] = [];
  for (const bytes of messages) {
    const normalized = normalize(bytes);
    if (!normalized.ok) throw new Error(normalized.reason);
    const { message } = normalized;
    if (frameKind(message) === severalKind) {
      const unpacked = unpackSeveral(message);
      if (!unpacked.ok) throw new Error(unpacked.reason);
      out.push(...unpacked.frames);
    } else if (frameKind(message) === chunkKind) {
      const chunk = unpackChunk(message);
      if (!chunk.ok) throw new Error(chunk.reason);
      const added = reassembly.add(chunk);
      if (added.type === "refused") throw new Error(added.reason);
      if (added.type === "whole") out.push(added.frame);
    } else out.push(message);
  }
  return out;
}

/** A message as gRPC hands it over: behind its prefix of five bytes. */
function asReceived(message: Uint8Array): Uint8Array {
  const memory = new Uint8Array(5 + message.length);
  memory.set(message, 5);
  return memory.subarray(5);
}

describe("an outbox", () => {
  test("gives out messages that are valid frames, and whose content is what was put in, in order", () => {
    fc.assert(
      fc.property(frames, (shapes) => {
        const outbox = new Outbox(limits);
        const sent = shapes.map(([size, fill]) => frame(size, fill)).filter((each) => outbox.push(each));
        const messages: Uint8Array[] = [];
        for (let next = outbox.take(); next !== undefined; next = outbox.take()) {
          messages.push(asReceived(next.message));
          next.written();
        }
        expect(outbox.waitingBytes).toBe(0);
        expect(outbox.isEmpty).toBe(true);
        const received = receive(messages);
        expect(received.map((bytes) => [...bytes])).toEqual(sent.map((bytes) => [...bytes]));
        for (const bytes of received) expect(bytes.byteOffset % 8).toBe(5);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  test("puts small frames that wait together into one message, and a large one into chunks of the set size", () => {
    const outbox = new Outbox(limits);
    for (let i = 0; i < 10; i++) outbox.push(frame(20, i));
    outbox.push(frame(150, 9));
    const sizes: number[] = [];
    const kinds: number[] = [];
    for (let next = outbox.take(); next !== undefined; next = outbox.take()) {
      sizes.push(next.message.length);
      kinds.push(frameKind(next.message));
    }
    expect(kinds).toEqual([severalKind, chunkKind, chunkKind, chunkKind]);
    expect(sizes.slice(1)).toEqual([19 + 64, 19 + 64, 19 + 22]);
  });

  test("uses the memory of a chunk again only when it was written", () => {
    const outbox = new Outbox(limits);
    outbox.push(frame(200, 1));
    const first = outbox.take();
    const second = outbox.take();
    expect(second?.message.buffer).not.toBe(first?.message.buffer);
    first?.written();
    expect(outbox.take()?.message.buffer).toBe(first?.message.buffer);
  });

  test("takes no frame that would pass its limit", () => {
    const outbox = new Outbox(limits);
    for (let i = 0; i < 13; i++) expect(outbox.push(frame(300, i))).toBe(true);
    expect(outbox.waitingBytes).toBe(3900);
    expect(outbox.push(frame(300, 1))).toBe(false);
    expect(outbox.waitingBytes).toBe(3900);
  });
});

test("any bytes are unpacked into frames or a reason, and never throw", () => {
  const bytes = fc.uint8Array({ maxLength: 80 });
  const framed = fc.tuple(fc.constantFrom(severalKind, chunkKind, 1), bytes).map(([kind, content]) => {
    const message = allocateFrame(headBytes + content.length);
    writeHead(message, kind, 0);
    message.set(content, headBytes);
    return message;
  });
  let unpackedCount = 0;
  let refusedCount = 0;
  fc.assert(
    fc.property(fc.oneof(bytes, framed), (message) => {
      const normalized = normalize(message);
      if (!normalized.ok) {
        refusedCount++;
        return;
      }
      const kind = frameKind(normalized.message);
      if (kind === severalKind) {
        const unpacked = unpackSeveral(normalized.message);
        if (unpacked.ok) unpackedCount++;
      }
      if (kind === chunkKind) {
        const chunk = unpackChunk(normalized.message);
        if (chunk.ok) new Reassembly(new ReassemblyBudget(1000), 1000).add(chunk);
      }
    }),
    { seed: 5, numRuns: 3000 },
  );
  expect(refusedCount).toBeGreaterThan(100);
  expect(unpackedCount).toBeGreaterThan(10);
});

test("packed frames are the bytes that protobuf writers and readers know", () => {
  const message = packSeveral([frame(11, 0), frame(20, 7)]);
  // Tag of field 1, length-delimited; the length as a varint of five bytes covers the rest.
  expect(message[0]).toBe(0x0a);
  const size = [1, 2, 3, 4, 5].reduce((sum, i) => sum + (message[i] & 127) * 128 ** (i - 1), 0);
  expect(size).toBe(message.length - 6);
});
