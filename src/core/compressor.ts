/** Snappy, passed in because core imports no package. Both are synchronous and deterministic. */
export interface Compressor {
  compress(bytes: Uint8Array): Uint8Array;
  /** Throws on malformed input; never allocates more than `sizeMax` bytes. */
  uncompress(bytes: Uint8Array, sizeMax: number): Uint8Array;
}
