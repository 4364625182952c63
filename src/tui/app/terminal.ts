/** The other screen of a terminal: entered once, and left on every way out of the process. */
import { writeSync } from "node:fs";

const enter = "\u001b[?1049h\u001b[?25l\u001b[2J\u001b[H";
const leave = "\u001b[?1049l\u001b[?25h\u001b[0m";

export interface AlternateScreen {
  /** What follows is written to the screen that was there before. Once is enough. */
  leave(): void;
}

export interface ScreenExit {
  /** Asked to stop: `code` is what the process would end with. */
  readonly stop: (code: number) => void;
  /** Goes on after it was stopped: somebody else has written on the terminal. */
  readonly resumed: () => void;
}

const signalCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 143 } as const;

/** Signals ask for a stop once; the second ends the process. A bug ends it with its words on the screen from before. */
export function enterAlternateScreen(output: NodeJS.WriteStream, exit: ScreenExit): AlternateScreen {
  let isLeft = false;
  let isAsked = false;
  const leaveNow = (): void => {
    if (isLeft) return;
    isLeft = true;
    writeNow(output, leave);
  };
  const listeners = Object.entries(signalCodes).map(([name, code]) => {
    const heard = (): void => {
      leaveNow();
      if (isAsked) process.exit(code);
      isAsked = true;
      // Ink listens too, and ends the process at once where nobody else does: this listener stays until all have heard.
      setImmediate(() => exit.stop(code));
    };
    process.on(name, heard);
    return { name, heard };
  });
  const failed = (error: unknown): void => {
    leaveNow();
    process.stderr.write(`tauring: this is a bug: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(70);
  };
  const resumed = (): void => {
    if (isLeft) return;
    writeNow(output, enter);
    exit.resumed();
  };
  process.on("exit", leaveNow);
  process.on("uncaughtException", failed);
  process.on("unhandledRejection", failed);
  process.on("SIGCONT", resumed);
  writeNow(output, enter);
  return {
    leave() {
      leaveNow();
      for (const { name, heard } of listeners) process.off(name, heard);
      process.off("exit", leaveNow);
      process.off("uncaughtException", failed);
      process.off("unhandledRejection", failed);
      process.off("SIGCONT", resumed);
    },
  };
}

/** Past every buffer, as nothing may come after the end of the process; a terminal that went away hears nothing. */
function writeNow(output: NodeJS.WriteStream & { readonly fd?: number }, text: string): void {
  try {
    if (output === process.stdout) writeSync(1, text);
    else output.write(text);
  } catch {
    output.write(text);
  }
}
