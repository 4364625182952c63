/**
 * The rolling hash of a run: SHA-256 over every event in order (time, node, kind, bytes) and, at checkpoints, over the
 * nodes' state digests, so that a difference that causes no event yet is seen too. Records are batched: one call of the
 * hash for each 64 KB.
 */
import { createHash, type Hash } from "node:crypto";

const batchBytes = 64 * 1024;
const recordHeadBytes = 16;

export class TraceHash {
  private readonly hash: Hash = createHash("sha256");
  private readonly batch: Uint8Array = new Uint8Array(batchBytes);
  private readonly words: DataView = new DataView(this.batch.buffer);
  private used = 0;

  /** `kind` is a small number; `bytes` may be empty. */
  record(time: number, node: number, kind: number, bytes: Uint8Array | undefined): void {
    if (this.used + recordHeadBytes > batchBytes) this.flush();
    const length = bytes === undefined ? 0 : bytes.length;
    this.words.setFloat64(this.used, time, true);
    this.words.setUint16(this.used + 8, node, true);
    this.words.setUint16(this.used + 10, kind, true);
    this.words.setUint32(this.used + 12, length, true);
    this.used += recordHeadBytes;
    if (bytes === undefined || length === 0) return;
    if (length > batchBytes - this.used) {
      this.flush();
      if (length > batchBytes) {
        this.hash.update(bytes);
        return;
      }
    }
    this.batch.set(bytes, this.used);
    this.used += length;
  }

  /** The hash so far, as 64 hexadecimal digits; the hash goes on. */
  digest(): string {
    this.flush();
    return this.hash.copy().digest("hex");
  }

  private flush(): void {
    if (this.used > 0) this.hash.update(this.batch.subarray(0, this.used));
    this.used = 0;
  }
}
