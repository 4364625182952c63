/** The screen on the terminal: keys in, lines out. */
import { useInput, useStdin } from "ink";
import type { ReactElement } from "react";
import { keysOf } from "../keys/keys.ts";
import type { Line } from "../text/styled.ts";
import { Rows } from "./rows.tsx";

export interface ScreenProps {
  readonly lines: readonly Line[];
  readonly width: number;
  readonly hasColour: boolean;
  readonly press: (key: string) => void;
}

export function Screen({ lines, width, hasColour, press }: ScreenProps): ReactElement {
  const { isRawModeSupported } = useStdin();
  useInput(
    (input, key) => {
      for (const name of keysOf(input, key)) press(name);
    },
    { isActive: isRawModeSupported },
  );
  return <Rows lines={lines} width={width} hasColour={hasColour} />;
}
