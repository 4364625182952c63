/** The filters that a job may name, on pushes and on pulls (OSDI'14 section 3.6, algorithms in docs/algorithms.md). */
export type FilterSpec =
  /** Lossless: a key list that the receiver knows travels as its hash. */
  | { readonly kind: "key-caching" }
  /** Lossless: snappy over the payload, in 64 KB blocks. */
  | { readonly kind: "snappy" }
  /** Lossless for the weights: keys that the application marked inactive are neither computed nor sent. */
  | { readonly kind: "kkt" }
  /** Bounded: a row travels when a value of it moved by more than `threshold / (1 + time * decay)` since it was last sent. */
  | { readonly kind: "significantly-modified"; readonly threshold: number; readonly decay: number }
  /** Unbiased: a row is sent with this probability, and divided by it at the receiver. */
  | { readonly kind: "random-skip"; readonly probability: number }
  /** Unbiased: values as integers of 1, 2 or 3 bytes between the extremes of each key block, rounded at random. */
  | { readonly kind: "fixed-point"; readonly bytes: 1 | 2 | 3 };

export type FilterKind = FilterSpec["kind"];
export const filterKinds: readonly FilterKind[] = [
  "key-caching",
  "snappy",
  "kkt",
  "significantly-modified",
  "random-skip",
  "fixed-point",
];
