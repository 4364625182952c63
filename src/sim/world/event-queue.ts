/**
 * A binary heap of (time, sequence, slot) in typed arrays. The order is total: entries due at the same instant leave
 * in the order in which they came, so that it never depends on the heap.
 */
export class EventQueue<Item> {
  private times: Float64Array;
  private sequences: Float64Array;
  private slots: Int32Array;
  private readonly items: (Item | undefined)[] = [];
  private readonly freeSlots: number[] = [];
  private nextSequence = 0;
  private count = 0;

  constructor(capacity: number = 1024) {
    this.times = new Float64Array(capacity);
    this.sequences = new Float64Array(capacity);
    this.slots = new Int32Array(capacity);
  }

  get size(): number {
    return this.count;
  }

  /** Time of the next item, in microseconds; Infinity when there is none. */
  get nextTime(): number {
    return this.count === 0 ? Number.POSITIVE_INFINITY : this.times[0];
  }

  push(time: number, item: Item): void {
    if (this.count === this.times.length) this.grow();
    const slot = this.freeSlots.pop() ?? this.items.length;
    this.items[slot] = item;
    const sequence = this.nextSequence++;
    let child = this.count++;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const parentTime = this.times[parent];
      if (parentTime < time || (parentTime === time && this.sequences[parent] < sequence)) break;
      this.move(parent, child);
      child = parent;
    }
    this.put(child, time, sequence, slot);
  }

  /** Removes and returns the earliest item; undefined when there is none. */
  pop(): Item | undefined {
    if (this.count === 0) return undefined;
    const slot = this.slots[0];
    const item = this.items[slot];
    this.items[slot] = undefined;
    this.freeSlots.push(slot);
    const last = --this.count;
    if (last > 0) this.sink(this.times[last], this.sequences[last], this.slots[last]);
    return item;
  }

  private sink(time: number, sequence: number, slot: number): void {
    const { times, sequences, count } = this;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= count) break;
      const right = child + 1;
      if (
        right < count &&
        (times[right] < times[child] ||
          (times[right] === times[child] && sequences[right] < sequences[child]))
      ) {
        child = right;
      }
      if (time < times[child] || (time === times[child] && sequence < sequences[child])) break;
      this.move(child, parent);
      parent = child;
    }
    this.put(parent, time, sequence, slot);
  }

  private move(from: number, to: number): void {
    this.times[to] = this.times[from];
    this.sequences[to] = this.sequences[from];
    this.slots[to] = this.slots[from];
  }

  private put(at: number, time: number, sequence: number, slot: number): void {
    this.times[at] = time;
    this.sequences[at] = sequence;
    this.slots[at] = slot;
  }

  private grow(): void {
    const capacity = this.times.length * 2;
    const times = new Float64Array(capacity);
    const sequences = new Float64Array(capacity);
    const slots = new Int32Array(capacity);
    times.set(this.times);
    sequences.set(this.sequences);
    slots.set(this.slots);
    this.times = times;
    this.sequences = sequences;
    this.slots = slots;
  }
}
