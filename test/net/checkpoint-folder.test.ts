/** [G11] A folder of checkpoints: whole or not there, and whatever is wrong with it is said and never thrown. */
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CheckpointAnswer } from "../../src/core/index.ts";
import { writeHelp } from "../../src/net/checkpoint/write-help.ts";
import { CheckpointFolder } from "../../src/net/index.ts";

let root = "";
let folder: CheckpointFolder;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "tauring-checkpoints-"));
  folder = new CheckpointFolder(path.join(root, "kept"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

async function kept(checkpoint: string): Promise<Extract<CheckpointAnswer, { type: "written" }>> {
  const written = await folder.execute({ type: "write-part", checkpoint, part: "0-0", bytes });
  await folder.execute({ type: "write-manifest", checkpoint, text: '{"a":"ü"}' });
  if (written.type !== "written") throw new Error(JSON.stringify(written));
  return written;
}

const reasonOf = (answer: CheckpointAnswer): string =>
  answer.type === "failed" ? answer.reason : answer.type;

describe("a checkpoint", () => {
  test("is read as it was written, and is listed once its manifest is there", async () => {
    await folder.execute({ type: "write-part", checkpoint: "b", part: "0-0", bytes });
    expect(await folder.names()).toEqual([]);
    const { bytes: size, sha256 } = await kept("a");
    const read = await folder.execute({
      type: "read-part",
      checkpoint: "a",
      part: "0-0",
      written: { bytes: size, sha256 },
    });
    expect(read).toEqual({ type: "read-part", bytes });
    expect(await folder.execute({ type: "read-manifest", checkpoint: "a" })).toEqual({
      type: "read-manifest",
      text: '{"a":"ü"}',
    });
    expect(await folder.names()).toEqual(["a"]);
    expect(readdirSync(path.join(root, "kept", "a")).sort()).toEqual(["0-0.part", "manifest.json"]);
  });

  test("shares a part with an older one, and keeps it when that is removed", async () => {
    const written = await kept("a");
    const linked = { type: "link-part", checkpoint: "b", part: "0-0", from: "a" } as const;
    expect(await folder.execute(linked)).toEqual({ type: "done" });
    const inodes = ["a", "b"].map((name) => statSync(path.join(root, "kept", name, "0-0.part")).ino);
    expect(inodes[0]).toBe(inodes[1]);
    expect(await folder.execute({ type: "remove", checkpoints: ["a"] })).toEqual({ type: "done" });
    const read = await folder.execute({ type: "read-part", checkpoint: "b", part: "0-0", written });
    expect(read.type).toBe("read-part");
    expect(reasonOf(await folder.execute({ ...linked, checkpoint: "c" }))).toContain("ENOENT");
  });

  test("is refused where a byte of a part or of the manifest has changed, or some are missing", async () => {
    const { type: _, ...written } = await kept("a");
    const places = fc.record({ isManifest: fc.boolean(), at: fc.nat(), bit: fc.nat(7), isCut: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(places, async ({ isManifest, at, bit, isCut }) => {
        const file = path.join(root, "kept", "a", isManifest ? "manifest.json" : "0-0.part");
        const whole = readFileSync(file);
        const damaged = Buffer.from(whole);
        damaged[at % whole.length] ^= 1 << bit;
        if (isCut) truncateSync(file, at % whole.length);
        else writeFileSync(file, damaged);
        const answer = isManifest
          ? await folder.execute({ type: "read-manifest", checkpoint: "a" })
          : await folder.execute({ type: "read-part", checkpoint: "a", part: "0-0", written });
        writeFileSync(file, whole);
        expect(answer.type).toBe("failed");
        expect(reasonOf(answer)).toContain("an older checkpoint would do");
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test.each(["..", "a/b", "/etc", "", "A", "a.b"])("is not named %j", async (name) => {
    for (const [checkpoint, part] of [
      [name, "0-0"],
      ["a", name],
    ]) {
      const answer = await folder.execute({ type: "write-part", checkpoint, part, bytes });
      expect(reasonOf(answer)).toContain("is not the name of a checkpoint or a part");
    }
    expect(readdirSync(root).filter((entry) => entry !== "kept")).toEqual([]);
  });
});

test("what cannot be written is said with the folder, and with what would help", async () => {
  writeFileSync(path.join(root, "file"), "");
  const place = path.join(root, "file", "kept");
  const there = new CheckpointFolder(place);
  const answer = await there.execute({ type: "write-part", checkpoint: "a", part: "0-0", bytes });
  expect(reasonOf(answer)).toBe(
    `ENOTDIR: not a directory, mkdir '${place}' (is ${place} a folder to which this node can write?)`,
  );
});

test.each([
  ["ENOSPC", "make room in /kept, or name another folder by --checkpoint-dir"],
  ["EDQUOT", "make room in /kept, or name another folder by --checkpoint-dir"],
  ["EROFS", "mount /kept writable, or name another folder by --checkpoint-dir"],
  ["EACCES", "let the user that this node runs as write to /kept"],
])("against %s there is help", (code, help) => {
  expect(writeHelp(Object.assign(new Error(code), { code }), "/kept")).toBe(help);
});
