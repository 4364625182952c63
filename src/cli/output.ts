/** Where words go: data on stdout, everything else on stderr. */

/** Progress and notes for people. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** The result of a command. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A reader that went away, as `head` does, is no error. */
export function tolerateClosedOutput(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}
