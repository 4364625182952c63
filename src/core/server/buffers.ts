/** What a server holds, and how full its buffers are, as facts say it. */
import type { BufferSize, Holding } from "../observation.ts";
import type { NodeOptions } from "../options.ts";
import type { Segment } from "./segment.ts";

type Limits = Pick<
  NodeOptions,
  "heldBytesMax" | "waitingReadsMax" | "earlyBytesMax" | "keyListCacheBytesMax"
>;

/** Of each kind the fullest. */
export function buffersOf(
  segments: Iterable<Segment>,
  { earlyBytes, keyListBytes }: { readonly earlyBytes: number; readonly keyListBytes: number },
  { heldBytesMax, waitingReadsMax, earlyBytesMax, keyListCacheBytesMax }: Limits,
): readonly BufferSize[] {
  let [held, waiting] = [0, 0];
  for (const segment of segments) {
    const { heldBytes, waitingReads } = segment.takeUse();
    held = Math.max(held, heldBytes);
    waiting = Math.max(waiting, waitingReads);
  }
  return [
    { option: "heldBytesMax", size: held, max: heldBytesMax },
    { option: "waitingReadsMax", size: waiting, max: waitingReadsMax },
    { option: "earlyBytesMax", size: earlyBytes, max: earlyBytesMax },
    { option: "keyListCacheBytesMax", size: keyListBytes, max: keyListCacheBytesMax },
  ];
}

/** Of all parameters together. */
export function holdingsOf(segments: Iterable<Segment>): readonly Holding[] {
  const holdings: { segment: number; keys: number; bytes: number }[] = [];
  for (const segment of segments) {
    const { begin } = segment.name;
    const { keys, bytes } = segment.size;
    const others = holdings.find((one) => one.segment === begin);
    if (others === undefined) holdings.push({ segment: begin, keys, bytes });
    else {
      others.keys += keys;
      others.bytes += bytes;
    }
  }
  return holdings;
}
