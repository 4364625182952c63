/**
 * Key lists cross between threads once and are named by their hash from then on. Both ends run the same rule on the
 * same sequence of lists, so that they forget the same ones.
 */
import type { KeyList } from "../../core/index.ts";

/** Half of what a server keeps (`keyListCacheBytesMax`), at each end; a list that went crosses once more, which costs a copy. */
const rememberedBytesMax: number = 512 * 1024 * 1024;

export class KeyListMemory {
  private readonly lists: Map<string, KeyList> = new Map();
  private bytes = 0;

  get(hash: string): KeyList | undefined {
    return this.lists.get(hash);
  }

  add(list: KeyList): void {
    this.lists.set(list.hash, list);
    this.bytes += list.pairs.byteLength;
    for (const [hash, oldest] of this.lists) {
      if (this.bytes <= rememberedBytesMax || hash === list.hash) return;
      this.lists.delete(hash);
      this.bytes -= oldest.pairs.byteLength;
    }
  }
}
