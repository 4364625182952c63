/** Texts that came with other signs than ASCII, for terminals that have nothing else: as wide as before. */
import type { Line } from "./styled.ts";

const signs: Readonly<Record<string, string>> = {
  "…": "~",
  µ: "u",
  "–": "-",
  "—": "-",
  "×": "x",
  τ: "t",
  "→": ">",
  "←": "<",
  "·": ".",
};

export function plainLine(line: Line): Line {
  return line.map((piece) => ({
    ...piece,
    text: piece.text.replace(/[^ -~]/g, (sign) => signs[sign] ?? "?"),
  }));
}
