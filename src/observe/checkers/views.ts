/** The views that managers published, by number. */
import { segmentIndex, type View, type ViewSegment } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Tracker } from "./checker.ts";

export class Views implements Tracker {
  readonly reads = ["view-adopted", "view-published"] as const;
  /** The newest that a manager told of: there may be a later one. */
  published: View | undefined;
  private newestAdopted = 0;
  private readonly views = new Map<number, View>();

  observe({ fact }: Fact): void {
    if (fact.type === "view-adopted") this.newestAdopted = Math.max(this.newestAdopted, fact.view);
    if (fact.type !== "view-published" || this.views.has(fact.view.number)) return;
    this.views.set(fact.view.number, fact.view);
    if (this.published === undefined || this.published.number < fact.view.number) this.published = fact.view;
  }

  /** Undefined where none is known, or nodes have adopted a later one, whose manager died before it could tell of it. */
  get newest(): View | undefined {
    const { published, newestAdopted } = this;
    return published === undefined || published.number < newestAdopted ? undefined : published;
  }

  /** Undefined: not published yet, as far as is known. Nodes may adopt a view before its manager knows of its success. */
  of(number: number): View | undefined {
    return this.views.get(number);
  }

  segmentOf(number: number, begin: number): ViewSegment | undefined {
    const view = this.views.get(number);
    const index = view && segmentIndex(view, begin);
    return index === undefined ? undefined : view?.segments[index];
  }
}
