/** `where`: what a scenario asks of a fact's fields, held to the fields that such a fact has. */
import { type FactType, factFields, fieldPaths, pathsIn, shapeAt } from "../../observe/index.ts";
import type { Names } from "./names.ts";
import { nearest } from "./nearest-word.ts";

/** What a fault may wait for, and what a scenario may expect. */
export const storyTypes: readonly string[] = Object.keys(factFields);

export interface WhereComplaint {
  /** The field, as it is written. */
  readonly field: string;
  /** The mistake is the field, not what is asked of it. */
  readonly isField: boolean;
  readonly message: string;
}

/** Fields that the fact does not have, and values that they never have: neither would ever match. */
export function whereComplaints(
  type: string,
  where: Readonly<Record<string, unknown>>,
  names: Names,
): readonly WhereComplaint[] {
  if (!isFactType(type)) return [];
  return Object.entries(where).flatMap(([field, value]): readonly WhereComplaint[] => {
    const shape = shapeAt(type, field);
    if (typeof shape === "string") {
      const message = valueComplaint(value, shape, names);
      return message === undefined ? [] : [{ field, isField: false, message }];
    }
    const message =
      shape === undefined
        ? unknownField(type, field)
        : `is not one value: ${pathsIn(shape)
            .map((path) => `${field}.${path}`)
            .join(", ")}`;
    return [{ field, isField: true, message }];
  });
}

function isFactType(type: string): type is FactType {
  return Object.hasOwn(factFields, type);
}

/** A field of a field is easily called by its own name alone. */
function unknownField(type: FactType, field: string): string {
  const paths = fieldPaths(type);
  const lastOf = (path: string): string => path.slice(path.lastIndexOf(".") + 1);
  const last = lastOf(field);
  const nearLast = nearest(last, paths.map(lastOf));
  const meant =
    paths.find((path) => lastOf(path) === last) ??
    nearest(field, paths) ??
    paths.find((path) => lastOf(path) === nearLast);
  const guess = meant === undefined ? "" : `; did you mean ${meant}?`;
  const has = paths.length === 0 ? "it has none" : `it has ${paths.join(", ")}`;
  return `no such field of ${type}${guess}; ${has}`;
}

const typeOf = { number: "number", text: "string", node: "string", "true or false": "boolean" } as const;
const words = {
  number: "a number",
  text: "a text",
  node: "a node",
  "true or false": "true or false",
} as const;

/** Undefined where it may be so; null asks that it is not there. */
function valueComplaint(value: unknown, shape: string, names: Names): string | undefined {
  const word = shape as keyof typeof words;
  if (value === null) return undefined;
  if (typeof value !== typeOf[word]) return `expected ${words[word]}`;
  if (typeof value !== "string" || (word === "text" && !value.startsWith("@"))) return undefined;
  return names.complaint(value, Number.POSITIVE_INFINITY);
}
