/** What a schema says about a value, in words for the person who wrote it. */
import type { ZodType } from "zod";
import { didYouMean, guess, nearest } from "./nearest-word.ts";

export type Path = readonly (string | number)[];

/** The part of a Zod issue that is read here. */
export interface Issue {
  readonly code: string;
  readonly path: Path;
  readonly message: string;
  readonly expected?: string;
  readonly input?: unknown;
  readonly keys?: readonly string[];
  readonly values?: readonly unknown[];
  /** Of a limit: what it is of, and what it is. */
  readonly origin?: string;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly inclusive?: boolean;
  readonly errors?: readonly (readonly Issue[])[];
  /** The field that chooses a branch of a union. */
  readonly discriminator?: string;
  /** Of our own: the mistake is the field itself. */
  readonly params?: { readonly isField?: boolean | undefined };
}

export interface Complaint {
  readonly path: Path;
  /** The mistake is the key itself, not its value. */
  readonly onKey: boolean;
  readonly message: string;
  /** The allowed key that an unknown one is near to. */
  readonly meant?: string | undefined;
  /** Nothing is given where something must be. */
  readonly isMissing?: boolean;
  /** The value cannot even be counted exactly, whatever the field allows. */
  readonly isUncountable?: boolean;
  /** The whole file is of another kind: whatever else is wrong with it goes without saying. */
  readonly isOtherKind?: boolean;
}

/**
 * A misspelt field is one mistake, not two: that the field which was meant is missing goes without saying. And so is a number
 * that is too large for its field, whatever else it is too large for.
 */
export function withoutEchoes(found: readonly Complaint[]): readonly Complaint[] {
  const other = found.filter(({ isOtherKind }) => isOtherKind === true);
  if (other.length > 0) return other;
  const meant = new Set(
    found
      .filter((one) => one.onKey && one.meant !== undefined)
      .map(({ path, meant: key }) => [...path.slice(0, -1), key].join("\n")),
  );
  const unknownIn = new Set(
    found.filter(({ onKey }) => onKey).map(({ path }) => path.slice(0, -1).join("\n")),
  );
  const limited = new Set(
    found.filter(({ isUncountable }) => isUncountable === false).map(({ path }) => path.join("\n")),
  );
  return found.filter(({ path, isMissing, isUncountable }) => {
    if (isUncountable === true) return !limited.has(path.join("\n"));
    if (isMissing !== true) return true;
    return !meant.has(path.join("\n")) && !(meant.size > 0 && unknownIn.has(path.slice(0, -1).join("\n")));
  });
}

export function complaints(issue: Issue, root: unknown, schema: ZodType): readonly Complaint[] {
  const { path } = issue;
  switch (issue.code) {
    case "unrecognized_keys":
      return (issue.keys ?? []).map((key) => {
        if (keysAt(schema, path).includes(key)) {
          return {
            path: [...path, key],
            onKey: true,
            message: `does not go with ${others(root, path, key)}`,
          };
        }
        const meant = nearest(key, keysAt(schema, path));
        const message = `no such field${guess(key, keysAt(schema, path))}`;
        return { path: [...path, key], onKey: true, message, meant };
      });
    case "invalid_type": {
      const found = at(root, path);
      const text = found === undefined ? "nothing is given" : `found ${show(found)}`;
      const message = `${text}; expected ${typeWords(issue.expected)}`;
      return [{ path, onKey: false, message, isMissing: found === undefined }];
    }
    case "invalid_value": {
      const allowed = (issue.values ?? []).map(String);
      const found = at(root, path);
      const message = `found ${show(found)}; allowed: ${allowed.join(", ")}${didYouMean(String(found), allowed)}`;
      const whose = path.length === 1 && path[0] === "schema" ? runsKind(String(found)) : undefined;
      if (whose === undefined || runsKind(allowed[0]) === whose) return [{ path, onKey: false, message }];
      return [{ path, onKey: false, message: `${message}; ${whose}`, isOtherKind: true }];
    }
    case "invalid_union":
      return bestBranch(issue, root, schema);
    default: {
      if (issue.params?.isField === true) return [{ path, onKey: true, message: issue.message }];
      const found = at(root, path);
      const shown = found === undefined ? "" : `found ${show(found)}; `;
      const message = `${shown}${boundWords(issue)}`;
      const isUncountable = issue.maximum === Number.MAX_SAFE_INTEGER;
      return [{ path, onKey: false, message, isMissing: found === undefined, isUncountable }];
    }
  }
}

/** What a file of this schema is for; undefined: it is none of ours. */
function runsKind(schema: string): string | undefined {
  if (schema.startsWith("tauring.job/")) return "tauring train runs a job";
  if (schema.startsWith("tauring.scenario/")) return "tauring sim run runs a scenario";
  return undefined;
}

const wordsOf = (issue: Issue): string =>
  issue.expected === undefined ? issue.message : typeWords(issue.expected);

/** A type, as somebody writes it who has a file before them. */
function typeWords(expected: string | undefined): string {
  switch (expected) {
    case "object":
    case "record":
      return "fields with values (name: value)";
    case "array":
    case "tuple":
      return "a list ([a, b])";
    case "int":
      return "a whole number";
    case "number":
      return "a number";
    case "string":
      return "a text";
    case "boolean":
      return "true or false";
    default:
      return expected ?? "another type";
  }
}

/** A limit that was not kept, as what is allowed. */
function boundWords({ code, origin, minimum, maximum, inclusive, message }: Issue): string {
  // Beyond what can be counted exactly the schema does not come as far as to the field's own limit.
  if (maximum === Number.MAX_SAFE_INTEGER) return "far too large";
  const isCount = origin === "array" || origin === "string";
  if (origin !== "number" && origin !== "int" && !isCount) return message;
  const of = isCount ? ` ${origin === "array" ? "of them" : "characters"}` : "";
  if (code === "too_small")
    return `allowed: ${inclusive === false ? "more than" : "at least"} ${String(minimum)}${of}`;
  if (code === "too_big")
    return `allowed: ${inclusive === false ? "less than" : "at most"} ${String(maximum)}${of}`;
  return message;
}

/** What a field stands beside that belongs to another branch of a union: its kind, or else every field. */
function others(root: unknown, path: Path, key: string): string {
  const fields = Object.entries((at(root, path) ?? {}) as Readonly<Record<string, unknown>>);
  const kind = fields.find(([name]) => name === "kind");
  if (kind !== undefined) return `kind: ${String(kind[1])}`;
  return fields.flatMap(([name]) => (name === key ? [] : [name])).join(", ");
}

/** Of a union's branches, the one that came furthest says what is wrong. */
function bestBranch(issue: Issue, root: unknown, schema: ZodType): readonly Complaint[] {
  const branches = issue.errors ?? [];
  if (issue.discriminator !== undefined) return badDiscriminator(issue, root, schema);
  let best: readonly Issue[] | undefined;
  for (const branch of branches) {
    if (
      best === undefined ||
      depth(branch) > depth(best) ||
      (depth(branch) === depth(best) && branch.length < best.length)
    ) {
      best = branch;
    }
  }
  if (best === undefined) {
    const found = at(root, issue.path);
    return [{ path: issue.path, onKey: false, message: `found ${show(found)}; ${issue.message}` }];
  }
  if (depth(best) === 0) {
    const expected = [
      ...new Set(branches.flatMap((branch) => branch.map((one) => one.values?.join(" or ") ?? wordsOf(one)))),
    ];
    const found = at(root, issue.path);
    const words = branches.flatMap((branch) => branch.flatMap((one) => (one.values ?? []).map(String)));
    return [
      {
        path: issue.path,
        onKey: false,
        message: `found ${show(found)}; allowed: ${expected.join(", ")}${didYouMean(String(found), words)}`,
      },
    ];
  }
  return best.flatMap((one) => complaints({ ...one, path: [...issue.path, ...one.path] }, root, schema));
}

function badDiscriminator(issue: Issue, root: unknown, schema: ZodType): readonly Complaint[] {
  const allowed = definitionsAt(schema, issue.path).flatMap(({ values }) => (values ?? []).map(String));
  const found = at(root, issue.path);
  const text = found === undefined ? "nothing is given" : `found ${show(found)}`;
  const message = `${text}; allowed: ${allowed.join(", ")}${didYouMean(String(found), allowed)}`;
  return [{ path: issue.path, onKey: false, message }];
}

function depth(issues: readonly Issue[]): number {
  return Math.max(0, ...issues.map(({ path, code }) => path.length + (code === "unrecognized_keys" ? 1 : 0)));
}

/** The part of a Zod schema that is read here. */
interface Definition {
  readonly shape?: Readonly<Record<string, ZodType>>;
  readonly innerType?: ZodType;
  readonly element?: ZodType;
  readonly in?: ZodType;
  readonly options?: readonly ZodType[];
  readonly items?: readonly ZodType[];
  readonly valueType?: ZodType;
  readonly values?: readonly unknown[];
}

/** Every key that the schema allows at a path; a union allows those of all its branches. */
function keysAt(schema: ZodType, path: Path): readonly string[] {
  return [...new Set(definitionsAt(schema, path).flatMap(({ shape }) => Object.keys(shape ?? {})))];
}

function definitionsAt(schema: ZodType, path: Path): readonly Definition[] {
  let layer = unwrapped(schema);
  for (const key of path) {
    layer = layer.flatMap(({ shape, element, items, valueType }) => {
      const next = shape?.[key] ?? element ?? items?.[Number(key)] ?? valueType;
      return next === undefined ? [] : unwrapped(next);
    });
  }
  return layer;
}

function unwrapped(schema: ZodType): readonly Definition[] {
  const definition = (schema as unknown as { readonly _zod: { readonly def: Definition } })._zod.def;
  if (definition.innerType !== undefined) return unwrapped(definition.innerType);
  if (definition.in !== undefined) return unwrapped(definition.in);
  if (definition.options !== undefined) return definition.options.flatMap(unwrapped);
  return [definition];
}

function at(value: unknown, path: Path): unknown {
  let current = value;
  for (const key of path) {
    if (current === null || typeof current !== "object") return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
