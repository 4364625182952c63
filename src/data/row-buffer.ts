/** One row while it is parsed: nothing of it reaches the examples until the whole line is known to be good. */
export class RowBuffer {
  label = 0;
  count = 0;
  /** Words of each key. */
  low: Uint32Array = new Uint32Array(0);
  high: Uint32Array = new Uint32Array(0);
  values: Float64Array = new Float64Array(0);
  isAllOnes = true;
  /** Where a bad line is bad, and what was expected there. */
  badAt = 0;
  expected = "";

  /** Begins a row of at most `entries` entries. */
  begin(entries: number): void {
    this.label = 0;
    this.count = 0;
    this.isAllOnes = true;
    if (entries <= this.low.length) return;
    const size = Math.max(entries, 2 * this.low.length);
    this.low = new Uint32Array(size);
    this.high = new Uint32Array(size);
    this.values = new Float64Array(size);
  }

  bad(at: number, expected: string): "bad" {
    this.badAt = at;
    this.expected = expected;
    return "bad";
  }
}

/** A line of white space is no row, and neither good nor bad. */
export type LineOutcome = "row" | "blank" | "bad";

/** Parses the line in bytes [begin, end), which has no newline. */
export type LineParser = (bytes: Uint8Array, begin: number, end: number, row: RowBuffer) => LineOutcome;
