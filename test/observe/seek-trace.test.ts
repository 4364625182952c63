/** The index of a trace file: the facts of a time are those that reading all of it would give. */
import { readFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import {
  type Fact,
  isBetween,
  readTrace,
  readTraceBetween,
  type TraceHeader,
  traceSchema,
  TraceWriter,
} from "../../src/observe/index.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-seek-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "t.jsonl.gz");
const header = { schema: traceSchema, world: "sim", name: "t", seed: "1", referenceModel: null } as const;

/** Several facts an instant, and gaps. */
const facts: readonly Fact[] = Array.from({ length: 3000 }, (_, i) => ({
  at: 500 + 7 * Math.floor(i / 5) + (i > 1500 ? 10_000 : 0),
  node: `worker-${i % 3}`,
  fact: { type: "frame-dropped", reason: `reason ${i}` },
}));

function write(to: string, as: TraceHeader = header): void {
  const writer = new TraceWriter(to, as);
  for (const [i, fact] of facts.entries()) {
    writer.write(fact);
    // In pieces of a few hundred facts that begin anywhere in an instant.
    if (i % 413 === 412) writer.flush();
  }
  writer.close();
}
write(path);

test("any tool reads it", () => {
  const lines = gunzipSync(readFileSync(path)).toString("utf8").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual([header, ...facts]);
  expect(readTrace(path)).toMatchObject({ ok: true, trace: { isPartial: false } });
});

const numbered = facts.map((fact, number) => ({ number, fact }));

test("the facts between two moments, or two numbers, are those of the whole file", () => {
  const place = fc.oneof(
    fc.record({ micros: fc.integer({ min: -10, max: 16_000 }) }),
    fc.record({ fact: fc.nat(3100) }),
  );
  fc.assert(
    fc.property(place, place, (from, to) => {
      const asked = numbered.filter((one) => isBetween(one, { from, to }, 0));
      expect(readTraceBetween(path, from, to)).toEqual({ header, origin: 0, facts: asked });
    }),
    {
      seed: 5,
      numRuns: 300,
      examples: [
        [{ micros: 0 }, { micros: 0 }],
        [{ micros: 14_692 }, { micros: 14_700 }],
        [{ fact: 412 }, { fact: 413 }],
        [{ micros: 100 }, { micros: 50 }],
      ],
    },
  );
});

test("on real processes moments count from the first fact", () => {
  const real = join(folder, "real.jsonl.gz");
  write(real, { ...header, world: "grpc", seed: null });
  const read = readTraceBetween(real, { micros: 0 }, { micros: 0 });
  expect([read?.origin, read?.facts]).toEqual([500, numbered.slice(0, 5)]);
});

test("what has no index, or was cut off, is left to reading all of it", () => {
  const plain = join(folder, "t.jsonl");
  write(plain);
  expect(readTraceBetween(plain, { micros: 0 }, { micros: 1 })).toBeUndefined();
  const cut = join(folder, "cut.jsonl.gz");
  write(cut);
  truncateSync(cut, readFileSync(cut).length - 20);
  expect(readTraceBetween(cut, { micros: 0 }, { micros: 1 })).toBeUndefined();
  expect(readTraceBetween(join(folder, "nothing.gz"), { micros: 0 }, { micros: 1 })).toBeUndefined();
});

test("no bytes make it throw", () => {
  const broken = join(folder, "broken.jsonl.gz");
  const bytes = readFileSync(path);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
      const copy = Buffer.from(bytes);
      copy[at] = byte;
      writeFileSync(broken, copy);
      const read = readTraceBetween(broken, { micros: 0 }, { micros: 2000 });
      return read === undefined || Array.isArray(read.facts);
    }),
    { seed: 9, numRuns: 300 },
  );
});
