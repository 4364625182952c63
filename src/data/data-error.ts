/** What is wrong with a file, said so that its owner finds the place: `file:line:column: expected …, found …`. */
export class DataError extends Error {
  readonly file: string;
  /** From 1; undefined where the whole file is meant. */
  readonly line: number | undefined;
  /** In bytes, from 1. */
  readonly column: number | undefined;

  constructor(
    what: string,
    place: { readonly file: string; readonly line?: number; readonly column?: number },
  ) {
    const { file, line, column } = place;
    const where = [file, line, column].filter((part) => part !== undefined).join(":");
    super(`${where}: ${what}`);
    this.name = "DataError";
    this.file = file;
    this.line = line;
    this.column = column;
  }
}

/** A failed call of the operating system, in words. */
export function fileError(file: string, error: unknown): DataError {
  const code = (error as { readonly code?: string }).code ?? "";
  const words: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file",
    EACCES: "permission denied",
    EISDIR: "a file was expected, this is a folder",
    ENOSPC: "the disk is full",
    EFBIG: "the file grew past the allowed size",
    Z_BUF_ERROR: "the gzip data ends too early",
    Z_DATA_ERROR: "the gzip data is broken",
  };
  const text = words[code] ?? (error instanceof Error ? error.message : String(error));
  return new DataError(code === "" ? text : `${text} (${code})`, { file });
}

/** The bytes at `at` as they can be shown in a message: up to white space, at most 24, others as \xNN. */
export function shownBytes(bytes: Uint8Array, at: number, end: number): string {
  if (at >= end) return "the end of the line";
  let text = "";
  for (let i = at; i < end && i < at + 24; i++) {
    const byte = bytes[i];
    if (i > at && (byte === 32 || byte === 9)) break;
    const isPlain = byte >= 32 && byte < 127 && byte !== 92;
    text += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`;
  }
  return `"${text}"`;
}
