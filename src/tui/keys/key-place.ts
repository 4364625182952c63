/** Where a key is on the ring, and who answers for it. */
import { keyRange, segmentsMeeting } from "../../core/index.ts";
import type { ClusterView, ParameterView, SegmentView } from "../../observe/index.ts";
import { share } from "../text/units.ts";
import type { Read } from "./command-words.ts";

const ringSize = 2 ** 32;

export interface KeyPlace {
  readonly parameter: string;
  readonly segment: SegmentView;
}

/** Of a parameter of that name, or of the first that has the key. */
export function keyPlace(
  word: string | undefined,
  parameter: string | undefined,
  view: ClusterView,
): Read<KeyPlace> {
  if (word === undefined || !/^\d{1,20}$/.test(word)) {
    return { ok: false, reason: `key "${word ?? ""}": a whole number would do, such as :key 12345` };
  }
  const { parameters } = view.header;
  if (parameters.length === 0) return { ok: false, reason: "nobody has said yet which keys there are" };
  const named = parameters.filter(({ name }) => parameter === undefined || name === parameter);
  if (named.length === 0) {
    const names = parameters.map(({ name }) => name).join(", ");
    return { ok: false, reason: `no parameter "${parameter}": there is ${names}` };
  }
  const key = BigInt(word);
  const having = named.find((candidate) => hasKey(candidate, key));
  if (having === undefined) {
    const spans = named.map(({ name, begin, end }) => `${name} has the keys ${begin} to ${BigInt(end) - 1n}`);
    return { ok: false, reason: `no key ${word}: ${spans.join(", ")}` };
  }
  const segment = segmentOf(having, key, view.ring.segments);
  if (segment === undefined) return { ok: false, reason: "no view of the ring was published yet" };
  return { ok: true, value: { parameter: having.name, segment } };
}

export function placeText(word: string, { parameter, segment }: KeyPlace): string {
  const [master, ...copies] = segment.holders;
  const also =
    copies.length === 0 ? "no copies" : `${copies.length === 1 ? "copy" : "copies"} at ${copies.join(", ")}`;
  const serving = segment.servesSince === null ? ", which does not serve yet" : "";
  const from = share(segment.begin / ringSize);
  const to = share(segment.end / ringSize);
  return `key ${word} of ${parameter}: master ${master}${serving}, ${also}; from ${from} to ${to} of the ring`;
}

function hasKey({ begin, end }: ParameterView, key: bigint): boolean {
  return BigInt(begin) <= key && key < BigInt(end);
}

function segmentOf(
  { begin, end, keyBlockCount }: ParameterView,
  key: bigint,
  segments: readonly SegmentView[],
): SegmentView | undefined {
  const span = keyRange(BigInt(begin), BigInt(end));
  const [index] = segmentsMeeting({ span, keyBlockCount }, { segments }, { begin: key, end: key + 1n });
  return index === undefined ? undefined : segments[index];
}
