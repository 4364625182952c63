/** Delta debugging (Zeller and Hildebrandt, TSE 28(2), 2002): a sublist that still fails, of which no element can go. */

/** Of lists that are tried at once, the index of the first that still fails. */
export type TrySublists<T> = (sublists: readonly (readonly T[])[]) => Promise<number | undefined>;

export async function ddmin<T>(list: readonly T[], firstFailing: TrySublists<T>): Promise<readonly T[]> {
  if (list.length === 0) return list;
  if ((await firstFailing([[]])) === 0) return [];
  let current = list;
  let parts = 2;
  while (current.length > 1) {
    const complements = withoutEach(current, parts);
    const failing = await firstFailing(complements);
    if (failing !== undefined) {
      current = complements[failing];
      parts = Math.max(2, Math.min(parts - 1, current.length));
    } else if (parts < current.length) parts = Math.min(2 * parts, current.length);
    else return current;
  }
  return current;
}

/** The list without its first part, without its second, and so on. */
function withoutEach<T>(list: readonly T[], parts: number): readonly (readonly T[])[] {
  return Array.from({ length: parts }, (_, part) => {
    const begin = Math.floor((part * list.length) / parts);
    const end = Math.floor(((part + 1) * list.length) / parts);
    return [...list.slice(0, begin), ...list.slice(end)];
  });
}
