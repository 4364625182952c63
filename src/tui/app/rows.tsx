/** Lines on the terminal. */
import { Box, Text, Transform } from "ink";
import type { ReactElement } from "react";
import { paint } from "../text/paint.ts";
import { fit, type Line } from "../text/styled.ts";

export interface RowsProps {
  readonly lines: readonly Line[];
  readonly width: number;
  readonly hasColour: boolean;
}

/** Each line exactly so wide. */
export function Rows({ lines, width, hasColour }: RowsProps): ReactElement {
  return (
    <Box flexDirection="column" width={width} height={lines.length}>
      {lines.map((line, index) => (
        <Row key={index} text={paint(fit(line, width), hasColour)} width={width} />
      ))}
    </Box>
  );
}

/**
 * Ink keeps every text that it ever measured. What it measures here are blanks; the text comes in afterwards, as a
 * transformation of them.
 */
function Row({ text, width }: { readonly text: string; readonly width: number }): ReactElement {
  return (
    <Transform transform={() => text}>
      <Text>{" ".repeat(Math.max(1, width))}</Text>
    </Transform>
  );
}
