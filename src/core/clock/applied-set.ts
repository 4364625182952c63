/**
 * Which (time, op) of one slot were applied above a floor, in ascending order. Tasks may overtake each other, so this
 * is a set and not a newest time; it stays short, because the floor rises with the job's finished frontier.
 */
export class AppliedSet {
  private readonly times: number[];
  private readonly ops: number[];

  constructor(times: number[] = [], ops: number[] = []) {
    this.times = times;
    this.ops = ops;
  }

  get size(): number {
    return this.times.length;
  }

  has(time: number, op: number): boolean {
    const i = this.after(time, op) - 1;
    return i >= 0 && this.times[i] === time && this.ops[i] === op;
  }

  add(time: number, op: number): void {
    const i = this.after(time, op);
    if (i > 0 && this.times[i - 1] === time && this.ops[i - 1] === op) return;
    if (i === this.times.length) {
      this.times.push(time);
      this.ops.push(op);
      return;
    }
    this.times.splice(i, 0, time);
    this.ops.splice(i, 0, op);
  }

  dropBelow(floor: number): void {
    while (this.times.length > 0 && this.times[0] < floor) {
      this.times.shift();
      this.ops.shift();
    }
  }

  equals(other: AppliedSet): boolean {
    if (other.size !== this.size) return false;
    for (let i = 0; i < this.times.length; i++) {
      if (this.times[i] !== other.times[i] || this.ops[i] !== other.ops[i]) return false;
    }
    return true;
  }

  copy(): AppliedSet {
    return new AppliedSet(this.times.slice(), this.ops.slice());
  }

  /** Times, and the op of each. */
  toData(): readonly [readonly number[], readonly number[]] {
    return [this.times, this.ops];
  }

  toString(): string {
    return this.times.map((time, i) => `${time}/${this.ops[i]}`).join(" ");
  }

  /** The index after the last entry up to (time, op); from the end, where new ones belong. */
  private after(time: number, op: number): number {
    let i = this.times.length;
    while (i > 0 && (this.times[i - 1] > time || (this.times[i - 1] === time && this.ops[i - 1] > op))) i--;
    return i;
  }
}
