/** Lines as a terminal understands them. */
import type { Line, Span, Tone } from "./styled.ts";

/** SGR codes of each tone: colours of the palette of 256, calm ones. */
const codes: Readonly<Record<Tone, string>> = {
  plain: "",
  dim: "38;5;245",
  faint: "38;5;239",
  title: "38;5;110",
  key: "38;5;180",
  good: "38;5;108",
  warn: "38;5;179",
  bad: "38;5;167",
  note: "38;5;146",
  "hue-0": "38;5;74",
  "hue-1": "38;5;179",
  "hue-2": "38;5;72",
  "hue-3": "38;5;139",
  "hue-4": "38;5;186",
  "hue-5": "38;5;110",
  "hue-6": "38;5;173",
  "hue-7": "38;5;247",
};

/** Without colours bold and inverse stay: they are not colours. */
export function paint(line: Line, hasColour: boolean): string {
  return line.map((piece) => paintSpan(piece, hasColour)).join("");
}

function paintSpan({ text, tone, isBold, isInverse }: Span, hasColour: boolean): string {
  const on: string[] = [];
  if (isBold === true) on.push("1");
  if (isInverse === true) on.push("7");
  if (hasColour && codes[tone] !== "") on.push(codes[tone]);
  if (on.length === 0 || text === "") return text;
  return `\u001b[${on.join(";")}m${text}\u001b[0m`;
}

/** NO_COLOR of any value, a dumb terminal: none (https://no-color.org). */
export function hasColours(environment: Readonly<Record<string, string | undefined>>): boolean {
  return (environment.NO_COLOR ?? "") === "" && environment.TERM !== "dumb";
}
