/**
 * Key caching (OSDI'14 section 4.2): a list that the receiver knows travels as its hash. A receiver that does not know
 * it says so and is given the keys, so forgetting, on either side, costs a round trip and never mixes lists up.
 */
import { isAscending, keyCount, type KeyList } from "../keys/key-list.ts";
import { hashPairs } from "../keys/key-hash.ts";
import type { NodeId } from "../ids.ts";
import type { KeyListReference } from "../message/message.ts";
import { ByteCache } from "../store/byte-cache.ts";

export type ResolvedKeys =
  | { readonly ok: true; readonly keys: KeyList }
  /** `unknown-keys`: send them. `invalid`: what was sent is no list, or not the one it says it is. */
  | { readonly ok: false; readonly reason: "unknown-keys" | "invalid"; readonly detail: string };

/** The receiver's side: lists by hash, bounded in bytes; those not used for longest go. */
export class KeyListCache {
  readonly #lists: ByteCache<KeyList>;

  constructor(bytesMax: number) {
    this.#lists = new ByteCache(bytesMax, (list) => list.pairs.byteLength);
  }

  get bytes(): number {
    return this.#lists.bytes;
  }

  /** The list that a reference names. Keys that come with it are checked against their hash, copied, and kept. */
  resolve(reference: KeyListReference): ResolvedKeys {
    const known = this.#lists.get(reference.hash);
    if (known !== undefined) {
      return keyCount(known) === reference.count ? { ok: true, keys: known } : invalidCount(reference, known);
    }
    const { pairs } = reference;
    if (pairs === undefined) {
      return { ok: false, reason: "unknown-keys", detail: `no key list ${reference.hash} is known` };
    }
    if (pairs.length !== 2 * reference.count) {
      return invalid(`${pairs.length} words of keys are not ${reference.count} keys`);
    }
    if (!isAscending(pairs)) return invalid("keys that are not strictly ascending");
    const hash = hashPairs(pairs);
    if (hash !== reference.hash) return invalid(`keys of hash ${hash} sent as ${reference.hash}`);
    const keys: KeyList = { pairs: pairs.slice(), hash };
    this.#lists.set(hash, keys);
    return { ok: true, keys };
  }
}

/** Lists that one incarnation of a peer was given: each takes one of `listsMax` places. */
interface GivenLists {
  readonly incarnation: number;
  readonly hashes: ByteCache<true>;
}

/** The sender's side: what each peer was given. A new incarnation knows nothing. */
export class KnownKeyLists {
  readonly #listsMax: number;
  readonly #given: Map<NodeId, GivenLists> = new Map();

  /** `listsMax`: hashes remembered for each peer; a list forgotten here is sent with its keys again. */
  constructor(listsMax: number = 65536) {
    this.#listsMax = listsMax;
  }

  /** How to name the list to the peer: by hash alone if it was given the keys before, else with them. */
  reference(peer: NodeId, incarnation: number, keys: KeyList, isCaching: boolean): KeyListReference {
    const { hash, pairs } = keys;
    const count = keyCount(keys);
    if (!isCaching) return { hash, count, pairs };
    const hashes = this.#hashesOf(peer, incarnation);
    const isKnown = hashes.get(hash) !== undefined;
    if (!isKnown) hashes.set(hash, true);
    return { hash, count, pairs: isKnown ? undefined : pairs };
  }

  /** The peer said that it does not know the list. */
  forget(peer: NodeId, hash: string): void {
    this.#given.get(peer)?.hashes.delete(hash);
  }

  #hashesOf(peer: NodeId, incarnation: number): ByteCache<true> {
    const given = this.#given.get(peer);
    if (given !== undefined && given.incarnation === incarnation) return given.hashes;
    const hashes = new ByteCache<true>(this.#listsMax, () => 1);
    this.#given.set(peer, { incarnation, hashes });
    return hashes;
  }
}

function invalid(detail: string): ResolvedKeys {
  return { ok: false, reason: "invalid", detail };
}

function invalidCount(reference: KeyListReference, known: KeyList): ResolvedKeys {
  return invalid(`key list ${reference.hash} has ${keyCount(known)} keys, not ${reference.count}`);
}
