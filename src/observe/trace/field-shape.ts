/** The fields of facts as whoever asks for them sees them: what stands at a path, and whether a value is of its shape. */
import type { Observation } from "../../core/index.ts";
import { factFields } from "./fact-fields.ts";

/** As `FactFields` has them, whatever the fact. */
export type FieldShape =
  | string
  | readonly [FieldShape]
  | readonly ["or null", FieldShape]
  | { readonly [name: string]: FieldShape };

/** What stands at `push.slot`, or at `slots.0`; undefined: nothing ever does. */
export function shapeAt(type: Observation["type"], path: string): FieldShape | undefined {
  let shape: FieldShape | undefined = factFields[type];
  for (const name of path.split(".")) {
    if (shape === undefined || typeof shape === "string") return undefined;
    if (isList(shape)) shape = /^(0|[1-9][0-9]*)$/.test(name) ? shape[0] : undefined;
    else {
      const fields = shape as Readonly<Record<string, FieldShape>>;
      shape = Object.hasOwn(fields, name) ? fields[name] : fields["*"];
    }
    if (shape !== undefined) shape = whole(shape);
  }
  return shape;
}

/** Each plain value of a fact by its path, of a list its first element. */
export function fieldPaths(type: Observation["type"]): readonly string[] {
  return pathsIn(factFields[type]);
}

/** The paths below a shape, none where it is a plain value. */
export function pathsIn(shape: FieldShape): readonly string[] {
  if (typeof shape === "string") return [];
  const parts = isList(shape) ? [["0", shape[0]] as const] : Object.entries(shape as object);
  return parts.flatMap(([name, one]) => {
    const inner = whole(one as FieldShape);
    return typeof inner === "string" ? [name] : pathsIn(inner).map((rest) => `${name}.${rest}`);
  });
}

/** Where a value is not of its shape, as `push.slot`; undefined: it is. */
export function misfit(value: unknown, shape: FieldShape): string | undefined {
  if (typeof shape === "string") return isPlain(value, shape) ? undefined : "";
  if (isOrNull(shape)) return value === null || value === undefined ? undefined : misfit(value, shape[1]);
  if (isList(shape)) return Array.isArray(value) ? misfitIn(value, shape[0]) : "";
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "";
  const fields = value as Readonly<Record<string, unknown>>;
  const any = shape["*"];
  if (any !== undefined) return misfitIn(fields, any);
  for (const name of Object.keys(shape)) {
    const found = misfit(fields[name], shape[name]);
    if (found !== undefined) return joined(name, found);
  }
  return undefined;
}

/** Of elements that are all of one shape. */
function misfitIn(
  elements: Readonly<Record<string, unknown>> | readonly unknown[],
  shape: FieldShape,
): string | undefined {
  for (const [name, one] of Object.entries(elements)) {
    const found = misfit(one, shape);
    if (found !== undefined) return joined(name, found);
  }
  return undefined;
}

const joined = (name: string, rest: string): string => (rest === "" ? name : `${name}.${rest}`);

const orNull = " or null";
const plainTypes = { number: "number", text: "string", node: "string", "true or false": "boolean" } as const;

/** JSON has no words for numbers that are none, and says null. */
function isPlain(value: unknown, shape: string): boolean {
  if (typeof value === plainTypes[shape as keyof typeof plainTypes]) return true;
  if (value === null) return shape === "number" || shape.endsWith(orNull);
  if (!shape.endsWith(orNull)) return false;
  const word = shape.slice(0, -orNull.length) as keyof typeof plainTypes;
  return value === undefined || typeof value === plainTypes[word];
}

/** Whatever may be null, where it is not. */
function whole(shape: FieldShape): FieldShape {
  if (typeof shape === "string") return shape.replace(orNull, "");
  return isOrNull(shape) ? shape[1] : shape;
}

function isList(shape: Exclude<FieldShape, string>): shape is readonly [FieldShape] {
  return Array.isArray(shape) && shape.length === 1;
}

function isOrNull(shape: Exclude<FieldShape, string>): shape is readonly ["or null", FieldShape] {
  return Array.isArray(shape) && shape.length === 2;
}
