/**
 * The folder that keeps checkpoints, as a disk of the simulated world. It outlives the cluster: a later simulation that is
 * given the same disk finds what this one has left.
 */
import { createHash } from "node:crypto";
import type { CheckpointAnswer, CheckpointRequest } from "../../core/index.ts";

interface Kept {
  readonly parts: Map<string, Uint8Array>;
  manifest: string | undefined;
}

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
  micros(request: CheckpointRequest): number {
    const bytes =
      request.type === "write-part"
        ? request.bytes.length
        : request.type === "read-part"
          ? request.written.bytes
          : 0;
    return accessMicros + Math.ceil(bytes / bytesPerMicro);
  }

  execute(request: CheckpointRequest): CheckpointAnswer {
    switch (request.type) {
      case "write-part":
        if (this.isFull) return failed("no space is left");
        this.open(request.checkpoint).parts.set(request.part, request.bytes);
        return { type: "written", bytes: request.bytes.length, sha256: sha256(request.bytes) };
      case "link-part": {
        const bytes = this.checkpoints.get(request.from)?.parts.get(request.part);
        if (bytes === undefined) return failed(`${request.from} has no part ${request.part}`);
        this.open(request.checkpoint).parts.set(request.part, bytes);
        return { type: "done" };
      }
      case "write-manifest":
        if (this.isFull) return failed("no space is left");
        this.open(request.checkpoint).manifest = request.text;
        return { type: "done" };
      case "read-manifest": {
        const text = this.checkpoints.get(request.checkpoint)?.manifest;
        return text === undefined ? failed("there is no such checkpoint") : { type: "read-manifest", text };
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

  private open(name: string): Kept {
    const kept = this.checkpoints.get(name) ?? { parts: new Map(), manifest: undefined };
    this.checkpoints.set(name, kept);
    return kept;
  }
}

function failed(reason: string): CheckpointAnswer {
  return { type: "failed", reason };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
