/** Steps of every parser of outside JSON: they hold for any input, and a string says what was expected. */

export type JsonObject = Readonly<Record<string, unknown>>;

/** An object, from its JSON text or as parsed already. */
export function parseObject(json: unknown, name: string): JsonObject | string {
  let value = json;
  if (typeof json === "string") {
    try {
      value = JSON.parse(json);
    } catch {
      return `${name} is JSON, not ${JSON.stringify(json.slice(0, 40))}`;
    }
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : `${name} is an object`;
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
