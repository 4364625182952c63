/**
 * A strictly ascending list of unsigned 64-bit keys. `pairs` holds (low, high) words of each key, which is the
 * wire form too, so that a list is sent and received without a conversion.
 *
 * A plain record: it survives a structured clone into another thread. Lists are compared by `hash`, the 128-bit
 * hash of the whole list as 32 hexadecimal digits.
 */
export interface KeyList {
  readonly pairs: Uint32Array;
  readonly hash: string;
}
