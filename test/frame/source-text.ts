/** TypeScript source with comments and the text of strings blanked, lines kept: enough to look for names in it. */
export function withoutCommentsAndStrings(text: string): string {
  return new Blanker(text).run();
}

class Blanker {
  private readonly text: string;
  private at = 0;
  private out = "";

  constructor(text: string) {
    this.text = text;
  }

  run(): string {
    this.code(0);
    return this.out;
  }

  /** Copies code up to the brace that closes `depth` (in a template), or to the end. */
  private code(depth: number): void {
    let open = 0;
    while (this.at < this.text.length) {
      const two = this.text.slice(this.at, this.at + 2);
      const one = two[0];
      if (two === "//") this.blankUntil("\n", 0);
      else if (two === "/*") this.blankUntil("*/", 2);
      else if (one === '"' || one === "'") this.string(one);
      else if (one === "`") this.template(depth);
      else {
        if (one === "{") open += 1;
        if (one === "}" && depth > 0 && open === 0) return;
        if (one === "}") open -= 1;
        this.copy();
      }
    }
  }

  private copy(): void {
    this.out += this.text[this.at];
    this.at += 1;
  }

  private blank(): void {
    this.out += this.text[this.at] === "\n" ? "\n" : " ";
    this.at += 1;
  }

  private blankUntil(end: string, length: number): void {
    const found = this.text.indexOf(end, this.at + length);
    const stop = found < 0 ? this.text.length : found + length;
    while (this.at < stop) this.blank();
  }

  private string(quote: string): void {
    this.copy();
    while (this.at < this.text.length && this.text[this.at] !== quote && this.text[this.at] !== "\n") {
      if (this.text[this.at] === "\\") this.blank();
      this.blank();
    }
    if (this.at < this.text.length) this.copy();
  }

  private template(depth: number): void {
    this.copy();
    while (this.at < this.text.length && this.text[this.at] !== "`") {
      if (this.text[this.at] === "\\") {
        this.blank();
        this.blank();
      } else if (this.text.startsWith("${", this.at)) {
        this.copy();
        this.copy();
        this.code(depth + 1);
        if (this.at < this.text.length) this.copy();
      } else this.blank();
    }
    if (this.at < this.text.length) this.copy();
  }
}
