/** Steps of every parser of outside JSON: they hold for any input, and a string says what was expected. */

export type JsonObject = Readonly<Record<string, unknown>>;

export function parseObject(json: unknown, name: string): JsonObject | string {
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  return isObject ? (json as JsonObject) : `${name} is an object`;
}

/** The same from JSON text. */
export function parseObjectText(text: string, name: string): JsonObject | string {
  try {
    return parseObject(JSON.parse(text), name);
  } catch {
    return `${name} is JSON, not ${JSON.stringify(text.slice(0, 40))}`;
  }
}

export function isCount(json: unknown): json is number {
  return Number.isSafeInteger(json) && (json as number) >= 0;
}

/** Not an object, and not a list. */
export function isScalar(json: unknown): boolean {
  return json === null || ["number", "string", "boolean"].includes(typeof json);
}
