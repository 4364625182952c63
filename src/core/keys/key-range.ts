/** A half-open interval [begin, end) of unsigned 64-bit keys; `end` may be 2^64. */
export interface KeyRange {
  readonly begin: bigint;
  readonly end: bigint;
}
