/**
 * The folder that keeps checkpoints, as a disk of the simulated world. It outlives the cluster: a later simulation that is
 * given the same disk finds what this one has left.
 */
import { createHash } from "node:crypto";
import type { CheckpointAnswer, CheckpointRequest } from "../../core/index.ts";
import type { DiskTrouble } from "./fault.ts";

interface Kept {
  readonly parts: Map<string, Uint8Array>;
  /** With the checksum that was written behind it. */
  manifest: { readonly text: string; readonly sha256: string } | undefined;
}

const noSpace = "no space is left on the disk";
const accessMicros = 500;
const bytesPerMicro = 200;

export class CheckpointDisk {
  readonly checkpoints = new Map<string, Kept>();
  /** From now on nothing can be written. */
  isFull = false;

  /** The newest that is whole. */
  get newest(): string | undefined {
    return [...this.checkpoints]
      .filter(([, { manifest }]) => manifest !== undefined)
      .map(([name]) => name)
      .sort()
      .at(-1);
  }

  /** What a request takes. */
  micros(request: CheckpointRequest, trouble?: DiskTrouble): number {
    const bytes =
      request.type === "write-part"
        ? request.bytes.length
        : request.type === "read-part"
          ? request.written.bytes
          : 0;
    return accessMicros + (trouble?.micros ?? 0) + Math.ceil(bytes / bytesPerMicro);
  }

  execute(request: CheckpointRequest, trouble?: DiskTrouble): CheckpointAnswer {
    const what = trouble?.what;
    if (what === "failing") {
      const reason = "the disk fails: input/output error";
      return request.type.startsWith("read-") ? { type: "unreadable", reason } : failed(reason);
    }
    const isFull = this.isFull || what === "full";
    switch (request.type) {
      case "write-part":
        if (isFull) return failed(noSpace);
        this.keepPart(request, what);
        return { type: "written", bytes: request.bytes.length, sha256: sha256(request.bytes) };
      case "link-part": {
        const bytes = this.checkpoints.get(request.from)?.parts.get(request.part);
        if (bytes === undefined) return failed(`${request.from} has no part ${request.part}`);
        this.open(request.checkpoint).parts.set(request.part, bytes);
        return { type: "done" };
      }
      case "write-manifest":
        if (isFull) return failed(noSpace);
        this.keepManifest(request, what);
        return { type: "done" };
      case "read-manifest": {
        const manifest = this.checkpoints.get(request.checkpoint)?.manifest;
        if (manifest === undefined) return failed("there is no such checkpoint");
        const { text, sha256: sum } = manifest;
        return sha256(Buffer.from(text)) === sum
          ? { type: "read-manifest", text }
          : failed("its manifest is damaged: an older checkpoint would do");
      }
      case "read-part": {
        const bytes = this.checkpoints.get(request.checkpoint)?.parts.get(request.part);
        if (bytes === undefined) return failed(`part ${request.part} is missing`);
        const isSame = bytes.length === request.written.bytes && sha256(bytes) === request.written.sha256;
        return isSame
          ? { type: "read-part", bytes: bytes.slice() }
          : failed(`part ${request.part} is damaged`);
      }
      case "remove":
        for (const name of request.checkpoints) this.checkpoints.delete(name);
        return { type: "done" };
      default:
        throw new Error(`Invariant: no such request: ${JSON.stringify(request satisfies never)}`);
    }
  }

  /** A disk that lies says that it has written what it has not. */
  private keepPart(
    { checkpoint, part, bytes }: Extract<CheckpointRequest, { readonly type: "write-part" }>,
    what: DiskTrouble["what"] | undefined,
  ): void {
    const { parts } = this.open(checkpoint);
    if (what !== "lost") parts.set(part, damaged(bytes, what));
  }

  private keepManifest(
    { checkpoint, text }: Extract<CheckpointRequest, { readonly type: "write-manifest" }>,
    what: DiskTrouble["what"] | undefined,
  ): void {
    const kept = this.open(checkpoint);
    if (what === "lost") return;
    const bytes = Buffer.from(text);
    kept.manifest = { text: Buffer.from(damaged(bytes, what)).toString(), sha256: sha256(bytes) };
  }

  private open(name: string): Kept {
    const kept = this.checkpoints.get(name) ?? { parts: new Map(), manifest: undefined };
    this.checkpoints.set(name, kept);
    return kept;
  }
}

/** `torn`: the first half of it; `flipped`: one bit in the middle of it is another. */
function damaged(bytes: Uint8Array, what: DiskTrouble["what"] | undefined): Uint8Array {
  const middle = Math.floor(bytes.length / 2);
  if (what === "torn") return bytes.slice(0, middle);
  if (what !== "flipped") return bytes;
  const other = Uint8Array.from(bytes);
  other[middle] ^= 1;
  return other;
}

function failed(reason: string): CheckpointAnswer {
  return { type: "failed", reason };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
