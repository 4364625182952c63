import { expect, test } from "vitest";
import { isOlder, SegmentLog } from "../../../src/core/server/segment-log.ts";
import { viewOf } from "./one-server.ts";

test("replies wait until what was applied before them is committed, and go out in order", () => {
  const log = new SegmentLog(viewOf(0));
  const said: string[] = [];
  log.whenCommitted(() => said.push("nothing applied"));
  log.append(viewOf(0), 1);
  log.whenCommitted(() => said.push("first"));
  log.append(viewOf(0), 2);
  log.whenCommitted(() => said.push("second"));
  expect(said).toEqual(["nothing applied"]);
  log.commit(1);
  expect(said).toEqual(["nothing applied", "first"]);
  log.commit(2);
  expect(said).toEqual(["nothing applied", "first", "second"]);
  expect(() => log.commit(3)).toThrow("only applied entries are committed");
  expect(() => log.commit(1)).toThrow("only applied entries are committed");
});

test("the digest tells histories apart by what changed and by the order", () => {
  const digestAfter = (...changes: readonly number[]): number => {
    const log = new SegmentLog(viewOf(0));
    for (const change of changes) log.append(viewOf(0), change);
    return log.digest;
  };
  expect(digestAfter(1, 2)).toBe(digestAfter(1, 2));
  expect(new Set([digestAfter(1, 2), digestAfter(2, 1), digestAfter(1), digestAfter()]).size).toBe(4);
});

test("tokens compare by lineage, then view, then index", () => {
  const token = (lineage: number, view: number, index: number) => ({ lineage, view, index });
  expect(isOlder(token(1, 9, 9), token(2, 0, 0))).toBe(true);
  expect(isOlder(token(1, 1, 9), token(1, 2, 0))).toBe(true);
  expect(isOlder(token(1, 1, 1), token(1, 1, 2))).toBe(true);
  expect(isOlder(token(1, 1, 1), token(1, 1, 1))).toBe(false);
  expect(isOlder(token(1, 2, 0), token(1, 1, 9))).toBe(false);
});
