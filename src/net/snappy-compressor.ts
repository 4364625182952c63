/**
 * Snappy for core. Its defaults hand out external buffers, which is five to fifty times slower than copying the
 * result; and a message of six bytes that claims 4 GB would end the process, so the claim is checked first.
 */
import snappy from "snappy";
import type { Compressor } from "../core/index.ts";

/** Real data stays near 21 to 1 at best. */
const expansionMax = 64;
const expansionSlackBytes = 4096;

export const snappyCompressor: Compressor = {
  compress(bytes) {
    return plain(snappy.compressSync(bytes, { copyOutputData: true }));
  },
  uncompress(bytes, sizeMax) {
    const size = claimedSize(bytes);
    const most = Math.min(sizeMax, bytes.length * expansionMax + expansionSlackBytes);
    if (size > most) throw new Error(`snappy data of ${bytes.length} bytes claims ${size}, above ${most}`);
    return plain(snappy.uncompressSync(bytes, { asBuffer: true, copyOutputData: true }) as Buffer);
  },
};

/** The uncompressed size that the data begins with, as a varint. */
function claimedSize(bytes: Uint8Array): number {
  let size = 0;
  for (let i = 0; i < Math.min(5, bytes.length); i++) {
    size += (bytes[i] & 127) * 128 ** i;
    if (bytes[i] < 128) return size;
  }
  throw new Error("snappy data begins with no size");
}

function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
