/** How long a process stays after its node has nothing left to do. */

export interface LingerReasons {
  /** Others still read the last records, or somebody may come for the outcome. */
  readonly isNeeded: () => boolean;
  /** Somebody fetches it right now, however slowly: until then no time passes. */
  readonly isServing: () => boolean;
  readonly isStopRequested: () => boolean;
}

const lookMs = 20;

/** Resolves when nobody needs the process, or after `limitMs` without serving anybody. */
export async function linger(reasons: LingerReasons, limitMs: number): Promise<void> {
  let end = performance.now() + limitMs;
  while (!reasons.isStopRequested()) {
    const now = performance.now();
    if (reasons.isServing()) end = now + limitMs;
    else if (now >= end || !reasons.isNeeded()) return;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

/** Says true while somebody reads, and for `lateMs` from now where nobody has yet: somebody may be on the way here. */
export function readOrMayBe(isRead: () => boolean, lateMs: number): () => boolean {
  const lateUntil = performance.now() + lateMs;
  let wasRead = false;
  return () => {
    const isReadNow = isRead();
    wasRead ||= isReadNow;
    return isReadNow || (!wasRead && performance.now() < lateUntil);
  };
}
