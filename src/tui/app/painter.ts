/** What a terminal has to be told so that it shows a frame: of each only the rows that are other than before. */

export class Painter {
  private shown: readonly string[] = [];

  /** The rows are painted, and as wide as the terminal: nothing of before is left beside them. */
  frame(rows: readonly string[]): string {
    let out = "";
    for (const [index, row] of rows.entries()) {
      if (row !== this.shown[index]) out += `${at(index)}${row}`;
    }
    for (let index = rows.length; index < this.shown.length; index++) out += `${at(index)}\u001b[2K`;
    this.shown = rows;
    return out;
  }

  /** Whatever is on the terminal goes with the next frame, as after a change of its size. */
  wiped(): string {
    this.shown = [];
    return "\u001b[2J";
  }
}

/** Rows are counted from 1. */
function at(index: number): string {
  return `\u001b[${index + 1};1H`;
}
