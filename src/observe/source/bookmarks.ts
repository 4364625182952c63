/** Moments that somebody has named, in the order in which they were. */
import type { Bookmark, Done } from "./source.ts";

export class Bookmarks {
  private readonly marks: Bookmark[] = [];

  get list(): readonly Bookmark[] {
    return this.marks;
  }

  /** Without a name it gets the first number that is free; another of its name goes. */
  add(name: string | undefined, at: Omit<Bookmark, "name">): Done {
    let free = 1;
    while (this.named(String(free)) !== undefined) free++;
    const mark = { name: name ?? String(free), ...at };
    const same = this.marks.findIndex((known) => known.name === mark.name);
    if (same >= 0) this.marks.splice(same, 1);
    this.marks.push(mark);
    return { ok: true, text: `bookmark ${mark.name}` };
  }

  named(name: string): Bookmark | undefined {
    return this.marks.find((mark) => mark.name === name);
  }

  missing(name: string): Done {
    const known = this.marks.map((mark) => mark.name).join(", ");
    return { ok: false, reason: `there is no bookmark ${name}; there are: ${known || "none"}` };
  }
}
