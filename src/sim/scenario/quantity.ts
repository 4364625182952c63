/** A number with its unit, as people write it: `150ms`. Without a schema, for whoever needs no more than this. */
export type Units = Readonly<Record<string, number>>;

export const durationUnits: Units = { us: 1, ms: 1e3, s: 1e6, min: 60e6, h: 3600e6 };

/** In the unit that counts 1; undefined: it is not such a quantity. */
export function quantityOf(text: string, units: Units): number | undefined {
  const [, number, unit] = /^([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z/]+)$/.exec(text) ?? [];
  const size = units[unit];
  return size === undefined ? undefined : Number(number) * size;
}

/** `150ms` to microseconds. */
export function durationOf(text: string): number | undefined {
  return quantityOf(text, durationUnits);
}
