/** Keeps what did not change: a screen sees by identity what it need not draw again. */

/** `before` where it has the same fields. */
export function reuse<T extends object>(before: T | undefined, now: T): T {
  return before !== undefined && isSame(before, now, 3) ? before : now;
}

/** The same list where every item is the same, else a list of the same items where they are. */
export function reuseList<T extends object>(
  before: readonly T[] | undefined,
  now: readonly T[],
): readonly T[] {
  if (before === undefined || before === now) return now;
  let isAllSame = before.length === now.length;
  // Lists move on at their end: what was at a place may be some places earlier now.
  const shift = isAllSame || now.length === 0 ? 0 : Math.max(0, before.indexOf(now[0]));
  const items = now.map((item, i) => {
    const kept = before[i + shift];
    if (kept !== undefined && isSame(kept, item, 3)) return kept;
    isAllSame = false;
    return item;
  });
  return isAllSame ? before : items;
}

/** Equal as plain data, down to a depth; deeper things are the same only as the same object. */
function isSame(a: unknown, b: unknown, depth: number): boolean {
  if (Object.is(a, b)) return true;
  if (depth === 0 || typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!isSame(a[i], b[i], depth - 1)) return false;
    return true;
  }
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const key of keys) if (!isSame(left[key], right[key], depth - 1)) return false;
  return true;
}
