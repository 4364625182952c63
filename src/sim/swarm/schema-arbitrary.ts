/**
 * What a JSON Schema allows, as a fast-check arbitrary: made by walking the schema, so that what is drawn and what is
 * validated cannot drift apart. `hints` draws what no schema can know, by the name of the field: who is a node.
 */
import fc from "fast-check";

/** The part of a JSON Schema that is read here; another one is an error. */
export interface Shape {
  readonly title?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: Shape | boolean;
  readonly prefixItems?: readonly Shape[];
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly propertyNames?: Shape;
  readonly additionalProperties?: Shape | boolean;
}

/** By path as `cluster.servers`, elements of lists left out, or by the field's name alone. */
export type Hints = Readonly<Record<string, fc.Arbitrary<unknown>>>;

/** Lists are short, whatever their schema allows. */
const itemsMax = 3;
/** Most numbers are near the smallest, for most mistakes are. */
const usuallyAbove = 20;

export function arbitraryOf(schema: Shape, hints: Hints, path: string = ""): fc.Arbitrary<unknown> {
  const hint = hints[path] ?? hints[path.slice(path.lastIndexOf(".") + 1)];
  if (hint !== undefined) return hint;
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return fc.oneof(...branches.map((one) => arbitraryOf(one, hints, path)));
  const { type } = schema;
  if (typeof type === "object")
    return fc.oneof(...type.map((one) => arbitraryOf({ ...schema, type: one }, hints, path)));
  switch (type) {
    case "object":
      return objectOf(schema, hints, path);
    case "array":
      return arrayOf(schema, hints, path);
    case "string":
      return stringOf(schema);
    case "integer":
      return integerOf(schema);
    case "number":
      return numberOf(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      throw new Error(`${path}: no arbitrary is made of ${JSON.stringify(schema)}`);
  }
}

function objectOf(schema: Shape, hints: Hints, path: string): fc.Arbitrary<unknown> {
  const { properties, required = [], propertyNames, additionalProperties } = schema;
  if (properties === undefined) {
    const keys =
      propertyNames?.enum === undefined ? fc.constantFrom("a", "b", "c") : arbitraryOf(propertyNames, {});
    const values =
      typeof additionalProperties === "object" ? arbitraryOf(additionalProperties, hints, path) : fc.nat(9);
    return fc.dictionary(keys as fc.Arbitrary<string>, values, { maxKeys: itemsMax, noNullPrototype: true });
  }
  const fields = Object.entries(properties).map(([name, field]) => {
    const place = path === "" ? name : `${path}.${name}`;
    return [name, arbitraryOf(field, hints, place)] as const;
  });
  const needed = fields.map(([name]) => name).filter((name) => required.includes(name));
  return fc.record(Object.fromEntries(fields), { requiredKeys: needed, noNullPrototype: true });
}

function arrayOf(
  { items, prefixItems, minItems = 0, maxItems }: Shape,
  hints: Hints,
  path: string,
): fc.Arbitrary<unknown> {
  if (prefixItems !== undefined) return fc.tuple(...prefixItems.map((one) => arbitraryOf(one, hints, path)));
  const maxLength = Math.max(minItems, Math.min(maxItems ?? itemsMax, itemsMax));
  return fc.array(arbitraryOf(items as Shape, hints, path), { minLength: minItems, maxLength });
}

function stringOf({ pattern, minLength = 0, maxLength, title }: Shape): fc.Arbitrary<unknown> {
  if (title?.startsWith("a duration") === true) return durationText;
  if (title?.startsWith("a rate") === true) return rateText;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({
    minLength,
    maxLength: Math.min(maxLength ?? minLength + 12, minLength + 12),
    unit: "grapheme-ascii",
  });
}

const durationText = fc
  .tuple(fc.integer({ min: 1, max: 999 }), fc.constantFrom("us", "ms", "ms", "s"))
  .map(([count, unit]) => `${count}${unit}`);
const rateText = fc
  .tuple(fc.integer({ min: 1, max: 999 }), fc.constantFrom("Kbps", "Mbps", "KB/s", "MB/s"))
  .map(([count, unit]) => `${count}${unit}`);

function integerOf({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Shape): fc.Arbitrary<unknown> {
  const min = Math.max(minimum, Number.MIN_SAFE_INTEGER);
  const near = fc.integer({ min, max: Math.min(maximum, min + usuallyAbove) });
  return fc.oneof(
    { weight: 9, arbitrary: near },
    { weight: 1, arbitrary: fc.maxSafeInteger().map((n) => within(n, min, maximum)) },
  );
}

function within(value: number, min: number, max: number): number {
  const span = max - min + 1;
  return span >= Number.MAX_SAFE_INTEGER ? Math.max(min, Math.abs(value)) : min + (Math.abs(value) % span);
}

function numberOf({ minimum, exclusiveMinimum, maximum }: Shape): fc.Arbitrary<unknown> {
  const min = minimum ?? exclusiveMinimum ?? -1000;
  const max = Math.max(min, Math.min(maximum ?? 1000, 1000));
  // In steps that can be read, and never the smallest where that is not allowed.
  const first = exclusiveMinimum === undefined ? 0 : 1;
  return fc
    .integer({ min: first, max: 100 })
    .map((step) => Number((min + ((max - min) * step) / 100).toPrecision(6)));
}
