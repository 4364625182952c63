import { describe, expect, test } from "vitest";
import type { KeyList, ProgramRequest } from "../../../src/core/index.ts";
import { packInput, packStep, unpackStep } from "../../../src/net/program/crossing.ts";
import { KeyListMemory } from "../../../src/net/program/key-list-memory.ts";

const keys: KeyList = { pairs: Uint32Array.of(1, 0, 2, 0), hash: "a".repeat(32) };

/** What `postMessage` does. */
function cross<T>({ content, transfer }: { readonly content: T; readonly transfer: ArrayBuffer[] }): T {
  return structuredClone(content, { transfer });
}

describe("between threads", () => {
  test("steps arrive as they were, and the program keeps its arrays", () => {
    const [here, there] = [new KeyListMemory(), new KeyListMemory()];
    const values = new Float64Array(8).subarray(2, 4).fill(7);
    const active = Uint8Array.of(1, 0);
    const push: ProgramRequest = { type: "push", parameter: 0, keys, values, active };
    const pull: ProgramRequest = { type: "pull", parameter: 0, keys, afterOp: 0 };
    const step = { type: "requested", request: { type: "all", requests: [push, pull] }, work: 9 } as const;
    expect(unpackStep(cross(packStep(step, there)), here)).toEqual(step);
    expect([...values, ...active, ...keys.pairs]).toEqual([7, 7, 1, 0, 1, 0, 2, 0]);
  });

  test("a key list crosses once, and is the same object from then on", () => {
    const [here, there] = [new KeyListMemory(), new KeyListMemory()];
    const step = {
      type: "requested",
      request: { type: "pull", parameter: 0, keys, afterOp: undefined },
      work: 0,
    } as const;
    const first = unpackStep(cross(packStep(step, there)), here);
    const packed = packStep(step, there);
    expect(JSON.stringify(packed.content)).not.toContain("pairs");
    const second = unpackStep(cross(packed), here);
    const listOf = (each: typeof first) =>
      each.type === "requested" && each.request.type === "pull" ? each.request.keys : undefined;
    expect(listOf(second)).toBe(listOf(first));
    expect(listOf(second)).toEqual(keys);
  });

  test("a reply's arrays go away with it where they own their memory, and are copied where they do not", () => {
    const whole = Float64Array.of(1, 2);
    const part = new Uint8Array(8).subarray(1, 3).fill(1);
    const reply = { type: "pulled", values: whole, present: part } as const;
    const arrived = cross(packInput({ type: "reply", reply }));
    expect(arrived).toEqual({
      type: "reply",
      reply: { type: "pulled", values: Float64Array.of(1, 2), present: Uint8Array.of(1, 1) },
    });
    expect(whole.length).toBe(0);
    expect(part.length).toBe(2);
  });
});
