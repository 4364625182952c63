/** Names and hashes come again and again: a text that was read last in its place is not made anew. */
const keptTexts: string[] = Array.from({ length: 64 }, () => "");
const keptTextMax = 32;

function placeOf(first: number, last: number, length: number): number {
  return (first ^ (last << 2) ^ (length << 4)) & 63;
}

/** The text of these bytes, where it is ASCII and kept. */
export function knownText(bytes: Uint8Array, begin: number, end: number): string | undefined {
  const length = end - begin;
  if (length === 0 || length > keptTextMax) return undefined;
  const text = keptTexts[placeOf(bytes[begin], bytes[end - 1], length)];
  if (text.length !== length) return undefined;
  for (let i = 0; i < length; i++) if (text.charCodeAt(i) !== bytes[begin + i]) return undefined;
  return text;
}

export function keepText(text: string, byteCount: number): void {
  if (byteCount === 0 || byteCount > keptTextMax || text.length !== byteCount) return;
  keptTexts[placeOf(text.charCodeAt(0), text.charCodeAt(byteCount - 1), byteCount)] = text;
}
