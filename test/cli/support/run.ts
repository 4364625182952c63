/** Runs a command inside the test, and gathers what it writes. */
import { vi } from "vitest";
import { main } from "../../../src/cli/main.ts";

export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function run(...argv: readonly string[]): Promise<Said> {
  const gather = (stream: NodeJS.WriteStream): (() => string) => {
    const texts: string[] = [];
    const spy = vi.spyOn(stream, "write").mockImplementation((text: string | Uint8Array) => {
      texts.push(String(text));
      return true;
    });
    return () => {
      spy.mockRestore();
      return texts.join("");
    };
  };
  const [stdout, stderr] = [gather(process.stdout), gather(process.stderr)];
  const listeners = process.stdout.listeners("error");
  let code: number;
  try {
    code = await main(argv);
  } finally {
    for (const stream of [process.stdout, process.stderr]) {
      for (const listener of stream.listeners("error")) {
        if (!listeners.includes(listener)) stream.off("error", listener as () => void);
      }
    }
  }
  return { code, stdout: stdout(), stderr: stderr() };
}
