/** Numbers the distinct keys of a share, first as they come and in the end in ascending order. */
import { assert, keyList, type KeyList } from "../core/index.ts";

/** Keys below this are looked up in a table by key, others by hash. */
const directKeysMax = 2 ** 24;
const empty = -1;

export class KeyNumbering {
  count = 0;
  /** (low, high) words of each key, by number. */
  private pairs = new Uint32Array(2048);
  private direct = new Int32Array(1024).fill(empty);
  /** Open addressing with linear probing, at most half full. */
  private slots = new Int32Array(1024).fill(empty);
  private hashedCount = 0;

  numberOf(low: number, high: number): number {
    if (high === 0 && low < directKeysMax) {
      if (low >= this.direct.length) this.growDirect(low);
      const number = this.direct[low];
      if (number !== empty) return number;
      const added = this.add(low, high);
      this.direct[low] = added;
      return added;
    }
    const slot = this.find(low, high);
    if (this.slots[slot] !== empty) return this.slots[slot];
    const added = this.add(low, high);
    this.slots[slot] = added;
    this.hashedCount++;
    if (2 * this.hashedCount > this.slots.length) this.growSlots();
    return added;
  }

  /** The keys in ascending order, and for each number its place among them. Numbers nothing afterwards. */
  finish(): { readonly keys: KeyList; readonly ranks: Uint32Array } {
    const ranks = new Uint32Array(this.count);
    const sorted = new Uint32Array(2 * this.count);
    let rank = 0;
    for (let low = 0; low < this.direct.length; low++) {
      const number = this.direct[low];
      if (number === empty) continue;
      sorted[2 * rank] = low;
      ranks[number] = rank;
      rank++;
    }
    // Every hashed key is above every direct one.
    const hashed = this.sortedHashedKeys();
    sorted.set(hashed, 2 * rank);
    for (let i = 0; i < hashed.length; i += 2, rank++) {
      ranks[this.slots[this.find(hashed[i], hashed[i + 1])]] = rank;
    }
    return { keys: keyList(sorted), ranks };
  }

  private add(low: number, high: number): number {
    const number = this.count;
    if (2 * number === this.pairs.length) {
      const grown = new Uint32Array(2 * this.pairs.length);
      grown.set(this.pairs);
      this.pairs = grown;
    }
    this.pairs[2 * number] = low;
    this.pairs[2 * number + 1] = high;
    this.count = number + 1;
    return number;
  }

  /** The slot that holds the key, or the empty one where it belongs. */
  private find(low: number, high: number): number {
    const mask = this.slots.length - 1;
    let h = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
    h ^= h >>> 15;
    let slot = h & mask;
    for (;;) {
      const number = this.slots[slot];
      if (number === empty) return slot;
      if (this.pairs[2 * number] === low && this.pairs[2 * number + 1] === high) return slot;
      slot = (slot + 1) & mask;
    }
  }

  private growDirect(low: number): void {
    let size = this.direct.length;
    while (size <= low) size *= 2;
    const grown = new Int32Array(size).fill(empty);
    grown.set(this.direct);
    this.direct = grown;
  }

  private growSlots(): void {
    const old = this.slots;
    this.slots = new Int32Array(2 * old.length).fill(empty);
    for (const number of old) {
      if (number !== empty)
        this.slots[this.find(this.pairs[2 * number], this.pairs[2 * number + 1])] = number;
    }
  }

  private sortedHashedKeys(): Uint32Array {
    const keys = new BigUint64Array(this.hashedCount);
    const words = new Uint32Array(keys.buffer);
    let count = 0;
    for (let number = 0; number < this.count; number++) {
      const low = this.pairs[2 * number];
      const high = this.pairs[2 * number + 1];
      if (high === 0 && low < directKeysMax) continue;
      words[2 * count] = low;
      words[2 * count + 1] = high;
      count++;
    }
    assert(
      isLittleEndian && count === this.hashedCount,
      "(low, high) words are a little-endian 64-bit number",
    );
    keys.sort();
    return words;
  }
}

const isLittleEndian: boolean = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
