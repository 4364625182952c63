/** The keys of a terminal, as Ink reads them: raw mode, escape sequences, pasted text. It draws nothing. */
import { render, useInput, useStdin } from "ink";
import { keysOf } from "../keys/keys.ts";

export interface KeyboardProps {
  readonly press: (key: string) => void;
}

export interface KeyboardOptions extends KeyboardProps {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

export function Keyboard({ press }: KeyboardProps): null {
  const { isRawModeSupported } = useStdin();
  useInput(
    (input, key) => {
      for (const name of keysOf(input, key)) press(name);
    },
    { isActive: isRawModeSupported },
  );
  return null;
}

/** Returns how to stop. */
export function listenToKeys({ input, output, press }: KeyboardOptions): () => void {
  const ink = render(<Keyboard press={press} />, {
    stdin: input,
    stdout: output,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  return () => ink.unmount();
}
