/** The real compressor, as the worlds pass it in. */
import { compressSync, uncompressSync } from "snappy";
import type { Compressor } from "../../../src/core/index.ts";

export const snappy: Compressor = {
  compress: (bytes) => compressSync(bytes as Buffer, { copyOutputData: true }),
  uncompress: (bytes) => uncompressSync(bytes as Buffer, { asBuffer: true, copyOutputData: true }) as Buffer,
};
