/** The index of a trace file: the facts of a time are those that reading all of it would give. */
import { readFileSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { type Fact, readTrace, readTraceBetween, traceSchema, TraceWriter } from "../../src/observe/index.ts";

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

function write(to: string): void {
  const writer = new TraceWriter(to, header);
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

test("the facts of a time are those of the whole file, and the first", () => {
  const time = fc.integer({ min: -10, max: 15_000 });
  fc.assert(
    fc.property(time, time, (from, to) => {
      const read = readTraceBetween(path, from, to);
      const asked = facts.filter(({ at }, i) => i === 0 || (at - 500 >= from && at - 500 <= to));
      expect(read?.ok === true ? read.trace.facts : read).toEqual(asked);
    }),
    {
      seed: 5,
      numRuns: 300,
      examples: [
        [0, 0],
        [14_192, 14_200],
        [100, 50],
      ],
    },
  );
});

test("what has no index, or was cut off, is left to reading all of it", () => {
  const plain = join(folder, "t.jsonl");
  write(plain);
  expect(readTraceBetween(plain, 0, 1)).toBeUndefined();
  const cut = join(folder, "cut.jsonl.gz");
  write(cut);
  truncateSync(cut, readFileSync(cut).length - 20);
  expect(readTraceBetween(cut, 0, 1)).toBeUndefined();
  expect(readTraceBetween(join(folder, "nothing.gz"), 0, 1)).toBeUndefined();
});

test("no bytes make it throw", () => {
  const broken = join(folder, "broken.jsonl.gz");
  const bytes = readFileSync(path);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
      const copy = Buffer.from(bytes);
      copy[at] = byte;
      writeFileSync(broken, copy);
      const read = readTraceBetween(broken, 0, 2000);
      return read === undefined || typeof read.ok === "boolean";
    }),
    { seed: 9, numRuns: 300 },
  );
});
