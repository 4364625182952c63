/** What lasts, until its time or until everything is healed. */
export class Lasting {
  private readonly act: (at: number, act: () => void) => void;
  private readonly open = new Set<() => void>();

  constructor(act: (at: number, act: () => void) => void) {
    this.act = act;
  }

  /** `end` is called once. */
  until(at: number, end: () => void): void {
    const over = (): void => {
      if (this.open.delete(over)) end();
    };
    this.open.add(over);
    this.act(at, over);
  }

  /** In the order in which they began. */
  endAll(): void {
    for (const over of this.open) over();
  }
}
