/** A broken invariant must not happen: the text says what is true, and the process dies where it is not. */
export function assert(claim: boolean, text: string): asserts claim {
  if (!claim) throw new Error(`Invariant: ${text}`);
}

/** Ends every `switch` over a union, so that a new variant stops the build wherever it matters. */
export function unreachable(value: never): never {
  throw new Error(`Invariant: no such variant: ${JSON.stringify(value)}`);
}
