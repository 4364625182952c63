/** `extends: FILE`: another scenario's fields hold where this one does not say otherwise. */
import { parse } from "yaml";

type Fields = Readonly<Record<string, unknown>>;
type Extended =
  | { readonly value: unknown }
  | { readonly path: readonly (string | number)[]; readonly message: string };

const depthMax = 8;

/** Maps are merged field by field; lists and values are replaced. Paths count from the file that names them first. */
export function extended(value: unknown, read: ((path: string) => string) | undefined, depth = 0): Extended {
  if (!isFields(value) || typeof value.extends !== "string") return { value };
  const base = value.extends;
  const wrong = (message: string): Extended => ({
    path: ["extends"],
    message: `found "${base}"; ${message}`,
  });
  if (read === undefined) return wrong("there is no folder to look for it");
  if (depth >= depthMax)
    return {
      path: ["extends"],
      message: `more than ${depthMax} scenarios extend one another, or one extends itself`,
    };
  let text: string;
  try {
    text = read(base);
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error));
  }
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch (error) {
    return wrong(`it is no YAML: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
  }
  const whole = extended(parsed, read, depth + 1);
  // One place is said: that in the file that was read first.
  if ("message" in whole) return depth === 0 ? wrong(whole.message) : whole;
  return { value: merged(whole.value, value) };
}

function merged(base: unknown, over: unknown): unknown {
  if (!isFields(base) || !isFields(over)) return over;
  // Another branch of a union replaces the whole of it.
  if (base.kind !== over.kind) return over;
  const fields: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    fields[name] = Object.hasOwn(base, name) ? merged(base[name], value) : value;
  }
  return fields;
}

function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
