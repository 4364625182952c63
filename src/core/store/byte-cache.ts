interface Entry<T> {
  readonly name: string;
  readonly value: T;
  readonly bytes: number;
  /** Its neighbours in order of use. */
  older: Entry<T> | undefined;
  newer: Entry<T> | undefined;
}

/**
 * Values by name, bounded in bytes: when there is no room, those that were not used for longest go. A use moves an entry
 * in a list, not in the map, which would make the map anew again and again.
 *
 * Invariant: the bytes of what is kept never exceed `bytesMax`; a value that is larger alone is not kept.
 */
export class ByteCache<T> {
  readonly bytesMax: number;
  readonly #bytesOf: (value: T) => number;
  readonly #entries: Map<string, Entry<T>> = new Map();
  #oldest: Entry<T> | undefined = undefined;
  #newest: Entry<T> | undefined = undefined;
  #bytes: number = 0;

  constructor(bytesMax: number, bytesOf: (value: T) => number) {
    this.bytesMax = bytesMax;
    this.#bytesOf = bytesOf;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What is kept under the name; it counts as used now. */
  get(name: string): T | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    if (entry !== this.#newest) {
      this.#unlink(entry);
      this.#append(entry);
    }
    return entry.value;
  }

  set(name: string, value: T): void {
    this.delete(name);
    const bytes = this.#bytesOf(value);
    if (bytes > this.bytesMax) return;
    while (this.#oldest !== undefined && this.#bytes + bytes > this.bytesMax) this.#remove(this.#oldest);
    const entry: Entry<T> = { name, value, bytes, older: undefined, newer: undefined };
    this.#entries.set(name, entry);
    this.#append(entry);
    this.#bytes += bytes;
  }

  delete(name: string): void {
    const entry = this.#entries.get(name);
    if (entry !== undefined) this.#remove(entry);
  }

  clear(): void {
    this.#entries.clear();
    this.#oldest = undefined;
    this.#newest = undefined;
    this.#bytes = 0;
  }

  #remove(entry: Entry<T>): void {
    this.#entries.delete(entry.name);
    this.#unlink(entry);
    this.#bytes -= entry.bytes;
  }

  #append(entry: Entry<T>): void {
    entry.older = this.#newest;
    entry.newer = undefined;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
  }

  #unlink({ older, newer }: Entry<T>): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }
}
