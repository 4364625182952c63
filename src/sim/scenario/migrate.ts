/** From a scenario of an older version to one of this: each step knows the next version only. */

type Fields = Readonly<Record<string, unknown>>;

export interface Migration {
  readonly to: string;
  readonly change: (fields: Fields) => Fields;
}

/** By the version that they read. Version 1 is the first, so there is none yet. */
export const migrations: Readonly<Record<string, Migration>> = {};

/** As it is, where its version is unknown: the schema says what is allowed. */
export function migrated(
  value: unknown,
  version: string,
  steps: Readonly<Record<string, Migration>>,
): { readonly value: unknown } {
  let current = value;
  for (let i = 0; i <= Object.keys(steps).length; i++) {
    if (current === null || typeof current !== "object" || Array.isArray(current)) break;
    const fields = current as Fields;
    const from = String(fields.schema);
    if (from === version || !Object.hasOwn(steps, from)) break;
    current = { ...steps[from].change(fields), schema: steps[from].to };
  }
  return { value: current };
}
