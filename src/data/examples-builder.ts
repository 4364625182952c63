/** Collects rows into `Examples`. */
import type { Examples } from "../core/index.ts";
import { KeyNumbering } from "./key-numbering.ts";
import type { RowBuffer } from "./row-buffer.ts";

export class ExamplesBuilder {
  rows = 0;
  nonzeros = 0;
  private readonly numbering = new KeyNumbering();
  private labels = new Int8Array(1024);
  private rowStarts = new Uint32Array(1025);
  private columns = new Uint32Array(16384);
  /** Undefined while all values are ones. */
  private values: Float64Array | undefined;

  add(row: RowBuffer): void {
    const { count, low, high } = row;
    const begin = this.nonzeros;
    if (this.rows === this.labels.length) this.growRows();
    while (begin + count > this.columns.length) this.growEntries();
    for (let i = 0; i < count; i++) this.columns[begin + i] = this.numbering.numberOf(low[i], high[i]);
    if (!row.isAllOnes && this.values === undefined) {
      this.values = new Float64Array(this.columns.length).fill(1, 0, begin);
    }
    if (this.values !== undefined) this.values.set(row.values.subarray(0, count), begin);
    this.labels[this.rows] = row.label;
    this.rows++;
    this.nonzeros = begin + count;
    this.rowStarts[this.rows] = this.nonzeros;
  }

  /** Gives the examples away. */
  finish(): Examples {
    const { keys, ranks } = this.numbering.finish();
    const columns = this.columns.slice(0, this.nonzeros);
    for (let entry = 0; entry < columns.length; entry++) columns[entry] = ranks[columns[entry]];
    return {
      rows: this.rows,
      labels: this.labels.slice(0, this.rows),
      rowStarts: this.rowStarts.slice(0, this.rows + 1),
      columns,
      values: this.values?.slice(0, this.nonzeros),
      keys,
    };
  }

  private growRows(): void {
    const labels = new Int8Array(2 * this.labels.length);
    labels.set(this.labels);
    this.labels = labels;
    const rowStarts = new Uint32Array(labels.length + 1);
    rowStarts.set(this.rowStarts);
    this.rowStarts = rowStarts;
  }

  private growEntries(): void {
    const columns = new Uint32Array(2 * this.columns.length);
    columns.set(this.columns);
    this.columns = columns;
    if (this.values === undefined) return;
    const values = new Float64Array(columns.length);
    values.set(this.values);
    this.values = values;
  }
}
