/**
 * A broken invariant must not happen: the text says what is true, and the process dies where it is not. In hot paths it
 * is a function, as to make a text costs more than most of what is asserted.
 */
export function assert(claim: boolean, text: string | (() => string)): asserts claim {
  if (!claim) throw new Error(`Invariant: ${typeof text === "string" ? text : text()}`);
}

/** Ends every `switch` over a union, so that a new variant stops the build wherever it matters. */
export function unreachable(value: never): never {
  throw new Error(`Invariant: no such variant: ${JSON.stringify(value)}`);
}
