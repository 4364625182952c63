/**
 * A YAML file against a schema. Every mistake is reported with file, line, column, what was found, what is allowed, and
 * a guess at what was meant.
 */
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLMap } from "yaml";
import type { ZodType } from "zod";
import { complaints, type Issue, type Path, withoutEchoes } from "./complaints.ts";

export interface Problem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type Parsed<T> =
  /** `place` says where a field is, or what holds it: `file:line:column`. */
  | { readonly ok: true; readonly value: T; readonly place: (path: Path) => string }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface DocumentLimits {
  readonly documentBytesMax: number;
  readonly aliasesMax: number;
}

export const defaultDocumentLimits: DocumentLimits = { documentBytesMax: 1024 * 1024, aliasesMax: 100 };

/** What follows from the first few is seldom a mistake of its own. */
const syntaxProblemsMax = 10;

/** One line a problem: `jobs/a.yaml:4:14 consistency.tau: …`. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`).join("\n");
}

/** What is done to a document before its schema sees it: a value, or what is wrong with it, and where. */
export type Prepare = (
  value: unknown,
) => { readonly value: unknown } | { readonly path: Path; readonly message: string };

export interface ParseOptions {
  readonly limits?: DocumentLimits;
  readonly prepare?: Prepare;
}

export function parseYaml<T>(
  text: string,
  file: string,
  schema: ZodType<T>,
  { limits = defaultDocumentLimits, prepare = (value) => ({ value }) }: ParseOptions = {},
): Parsed<T> {
  if (text.length > limits.documentBytesMax) {
    const message = `the file has ${text.length} bytes; documentBytesMax ${limits.documentBytesMax} allows no more`;
    return { ok: false, problems: [{ file, line: 1, column: 1, message }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true });
  const problem = (offset: number, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, message };
  };
  if (document.errors.length > 0) {
    const one = new Map(document.errors.map((error) => [`${error.pos[0]} ${error.message}`, error]));
    const problems = [...one.values()]
      .slice(0, syntaxProblemsMax)
      .map((error) => problem(error.pos[0], syntaxText(error.message)));
    return { ok: false, problems };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: limits.aliasesMax });
  } catch (error) {
    return { ok: false, problems: [problem(0, error instanceof Error ? error.message : String(error))] };
  }
  const prepared = prepare(value);
  if ("message" in prepared) {
    const { path, message } = prepared;
    return {
      ok: false,
      problems: [problem(offsetOf(document, path, false), `${path.join(".")}: ${message}`)],
    };
  }
  value = prepared.value;
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) {
    const place = (path: Path): string => {
      const { line, column } = problem(offsetOf(document, path, true), "");
      return `${file}:${line}:${column}`;
    };
    return { ok: true, value: result.data, place };
  }
  const found = result.error.issues.flatMap((issue) => complaints(issue as unknown as Issue, value, schema));
  const problems = withoutEchoes(found).map(({ path, onKey, message }) =>
    problem(offsetOf(document, path, onKey), `${path.length > 0 ? `${path.join(".")}: ` : ""}${message}`),
  );
  return { ok: false, problems };
}

function offsetOf(document: Document, path: Path, onKey: boolean): number {
  for (let length = path.length; length >= 0; length--) {
    const isWhole = length === path.length;
    if (isWhole && onKey) {
      const parent = length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
      const offset = isMap(parent) ? keyOffset(parent, path[length - 1]) : undefined;
      if (offset !== undefined) return offset;
    }
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function keyOffset(map: YAMLMap, key: string | number): number | undefined {
  for (const { key: node } of map.items) {
    if (isScalar(node) && String(node.value) === String(key) && node.range) return node.range[0];
  }
  return undefined;
}

/** What the parser says, in words of one who did not call it. */
function syntaxText(message: string): string {
  if (message.startsWith("Maximum call stack")) return "nested too deeply";
  if (message.startsWith("Source contains multiple documents"))
    return "a second document begins here; a file holds one";
  return message.split("\n")[0].replace(/ at line .*$/, "");
}
