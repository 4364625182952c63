/** Where words go: data on stdout, everything else on stderr. */
import { exitCodes } from "./exit.ts";

/** What a terminal shows below the last line while something goes on; empty elsewhere. */
let status = "";

/** Progress and notes for people. */
export function say(text: string): void {
  process.stderr.write(`${eraser()}${text}\n${status}`);
}

/** What is going on right now, on a terminal: replaced by the next, gone with `""`, and never in a file or a pipe. */
export function showStatus(text: string): void {
  if (process.stderr.isTTY !== true || process.env.TERM === "dumb") return;
  const cut = text.slice(0, Math.max(0, (process.stderr.columns || 80) - 1));
  if (cut === status) return;
  process.stderr.write(`${eraser()}${cut}`);
  status = cut;
}

/** The result of a command. */
export function print(text: string): void {
  showStatus("");
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A reader that went away, as `head` does, is no error; neither is a terminal that was closed. */
export function tolerateClosedOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    process.stderr.write(`tauring: the result cannot be written to stdout: ${error.message}\n`);
    process.exit(exitCodes.data);
  });
  process.stderr.on("error", () => {});
}

/** Words in lines of at most 80 columns, the later ones under the first. */
export function wrap(first: string, words: readonly string[], between = "  "): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of words) {
    if (!isEmpty && line.length + between.length + word.length > 80) {
      lines.push(line);
      line = " ".repeat(first.length);
      isEmpty = true;
    }
    line += `${isEmpty ? "" : between}${word}`;
    isEmpty = false;
  }
  return [...lines, line].join("\n");
}

function eraser(): string {
  return status === "" ? "" : "\r\u001b[K";
}
