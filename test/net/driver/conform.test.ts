import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Effect,
  type Event,
  type Node,
  defaultNodeOptions,
  micros,
  nodeId,
} from "../../../src/core/index.ts";
import { canonicalBytes } from "../../../src/net/driver/canonical-bytes.ts";
import { conform } from "../../../src/net/driver/conform.ts";
import { Recorder } from "../../../src/net/driver/recorder.ts";

const options = {
  ...defaultNodeOptions,
  id: nodeId("server-0"),
  clusterId: "test",
  address: "",
  serverCount: 1,
  workerCount: 1,
};

/** Sends back what it received, each byte changed by how many steps there were. */
function echo(from = 0): Node {
  let count = from;
  return {
    id: options.id,
    step(event: Event): readonly Effect[] {
      count++;
      if (event.type !== "received") return [{ type: "stopped", reason: undefined }];
      const frame = event.frame.map((byte) => byte + count);
      event.frame.fill(0);
      return [{ type: "send", to: nodeId("worker-0"), channel: event.channel, frame }];
    },
    digest: () => count,
    why: () => [],
  };
}

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tauring-recording-"));
  file = path.join(folder, "server-0");
  const recorder = new Recorder(file, options);
  const node = echo();
  for (let i = 0; i < 20; i++) {
    const event: Event =
      i === 19
        ? { type: "started" }
        : { type: "received", channel: "data", frame: new Uint8Array(100 + i).fill(i) };
    const now = micros(i * 1000);
    recorder.before(event, now);
    recorder.after(node.step(event, now));
  }
  recorder.close();
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a recording", () => {
  test("conforms to the node that was recorded, though it changed what it was given", () => {
    expect(conform(file, () => echo())).toEqual({
      ok: true,
      node: "server-0",
      stepCount: 20,
      effectCount: 20,
      isPartial: false,
    });
  });

  test("names the first step and effect of a node that differs", () => {
    expect(conform(file, () => echo(1))).toEqual({
      ok: false,
      isReadable: true,
      reason: "server-0, step 0 (received at 0 us): effect 0, a send, is not the recorded one",
    });
  });

  test("of a process that was killed is read up to its last whole step, and is said to be cut short", () => {
    const { length } = readFileSync(file);
    truncateSync(file, length - 5);
    expect(conform(file, () => echo())).toMatchObject({ ok: true, stepCount: 19, isPartial: true });
  });

  test("that ends with a whole step is cut short too, unless the node stopped in it", () => {
    const bytes = readFileSync(file);
    let last = 0;
    for (let at = 0; at < bytes.length; at += 8 + bytes.readUInt32LE(at)) last = at;
    truncateSync(file, last);
    expect(conform(file, () => echo())).toMatchObject({ ok: true, stepCount: 19, isPartial: true });
    writeFileSync(file, bytes.subarray(0, 5), { flag: "a" });
    expect(conform(file, () => echo())).toMatchObject({ ok: true, stepCount: 19, isPartial: true });
  });

  test("that is damaged, empty or something else is refused by name", () => {
    const bytes = readFileSync(file);
    bytes[bytes.length - 3] ^= 1;
    writeFileSync(file, bytes);
    expect(conform(file, () => echo())).toMatchObject({
      ok: false,
      isReadable: false,
      reason: expect.stringContaining("damaged at byte"),
    });
    writeFileSync(file, "");
    expect(conform(file, () => echo())).toMatchObject({
      ok: false,
      isReadable: false,
      reason: expect.stringContaining("is no recording: it is empty"),
    });
    writeFileSync(file, "schema: tauring.scenario/1\n");
    expect(conform(file, () => echo())).toMatchObject({ ok: false });
  });
});

test("canonical bytes are equal for equal data, and differ for different data", () => {
  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.integer(),
      fc.double(),
      fc.string(),
      fc.boolean(),
      fc.constantFrom(null, undefined),
      fc.bigInt(),
      fc.uint8Array({ maxLength: 5 }),
      fc.float64Array({ maxLength: 3 }),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.string({ maxLength: 3 }), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;
  let differentCount = 0;
  fc.assert(
    fc.property(plain, plain, (a, b) => {
      expect(Buffer.compare(canonicalBytes(a), canonicalBytes(structuredClone(a)))).toBe(0);
      let isEqual = true;
      try {
        expect(a).toStrictEqual(b);
      } catch {
        isEqual = false;
      }
      if (!isEqual) differentCount++;
      expect(Buffer.compare(canonicalBytes(a), canonicalBytes(b)) === 0).toBe(isEqual);
    }),
    { seed: 4, numRuns: 500 },
  );
  expect(differentCount).toBeGreaterThan(300);
  const narrow = { value: 5 };
  const wide = { value: 0.5 };
  wide.value = 5;
  expect(Buffer.compare(canonicalBytes(narrow), canonicalBytes(wide))).toBe(0);
  expect(Buffer.compare(canonicalBytes(Buffer.from([1, 2])), canonicalBytes(Uint8Array.of(1, 2)))).toBe(0);
  expect(Buffer.compare(canonicalBytes({ a: 1, b: 2 }), canonicalBytes({ b: 2, a: 1 }))).toBe(0);
});
