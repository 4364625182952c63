/**
 * A YAML file against a schema. Every mistake is reported with file, line, column, what was found, what is allowed, and
 * a guess at what was meant.
 */
import {
  type Document,
  type ErrorCode,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  parseDocument,
  type YAMLMap,
  type YAMLParseError,
} from "yaml";
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
  const unreadable = notAText(text);
  if (unreadable !== undefined)
    return { ok: false, problems: [{ file, line: 1, column: 1, message: unreadable }] };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, strict: true });
  const problem = (offset: number, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, message };
  };
  if (document.errors.length > 0) {
    // Of several complaints about one place the first says what is wrong.
    const one = new Map(document.errors.toReversed().map((error) => [error.pos[0], error]));
    const problems = [...one.values()]
      .toReversed()
      .slice(0, syntaxProblemsMax)
      .map((error) => problem(error.pos[0], syntaxText(error, text)));
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

/** Nothing to read, or nothing that is meant to be read; undefined: it is a text. */
function notAText(text: string): string | undefined {
  if (text.trim() === "") return "the file is empty";
  if (text.startsWith('{"schema":"tauring.trace/'))
    return "found a trace; expected YAML; tauring sim replay runs again what a trace is of";
  // What is no UTF-8 becomes this character as it is read; no text of a person has a zero byte.
  const isBinary = text.includes("\u0000") || text.includes("\ufffd");
  return isBinary ? "found bytes that are no text; expected YAML in UTF-8" : undefined;
}

/** What the parser says, in words of one who did not call it, and what would help. */
function syntaxText({ code, message, pos }: YAMLParseError, text: string): string {
  if (message.startsWith("Maximum call stack")) return "nested too deeply";
  if (message.startsWith("Source contains multiple documents"))
    return "a second document begins here; a file holds one";
  const said = message.split("\n")[0].replace(/ at line .*$/, "");
  if (code === "DUPLICATE_KEY") return `${said}: ${wordAt(text, pos[0])} is given twice`;
  const help = syntaxHelp[code];
  return help === undefined ? said : `${said}; ${help}`;
}

/** For what people do. */
const syntaxHelp: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_SCALAR_START: "put it in quotes: '@primary'",
  TAB_AS_INDENT: "use spaces",
  BLOCK_AS_IMPLICIT_KEY:
    'the fields of one level begin in the same column; a text with ": " in it stands in quotes',
  BAD_INDENT: "the fields of one level begin in the same column",
  MISSING_CHAR: "a bracket, a comma or a quote is missing here or before",
};

function wordAt(text: string, offset: number): string {
  return /^[^\s:,{}]{1,60}/.exec(text.slice(offset))?.[0] ?? "it";
}
