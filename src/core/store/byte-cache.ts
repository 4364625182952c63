/**
 * Values by name, bounded in bytes: when there is no room, those that were not used for longest go.
 *
 * Invariant: the bytes of what is kept never exceed `bytesMax`; a value that is larger alone is not kept.
 */
export class ByteCache<T> {
  readonly bytesMax: number;
  readonly #bytesOf: (value: T) => number;
  /** In order of use, oldest first. */
  readonly #entries: Map<string, T> = new Map();
  #bytes: number = 0;
  /** The name used last: it need not be moved to where it is. */
  #newest: string | undefined = undefined;

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
    const value = this.#entries.get(name);
    if (value === undefined || name === this.#newest) return value;
    this.#entries.delete(name);
    this.#entries.set(name, value);
    this.#newest = name;
    return value;
  }

  set(name: string, value: T): void {
    this.delete(name);
    const bytes = this.#bytesOf(value);
    if (bytes > this.bytesMax) return;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes + bytes <= this.bytesMax) break;
      this.delete(oldest);
    }
    this.#entries.set(name, value);
    this.#newest = name;
    this.#bytes += bytes;
  }

  delete(name: string): void {
    const value = this.#entries.get(name);
    if (value === undefined) return;
    this.#entries.delete(name);
    this.#bytes -= this.#bytesOf(value);
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}
