/** The views that managers published, by number. */
import { segmentIndex, type View, type ViewSegment } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Tracker } from "./checker.ts";

export class Views implements Tracker {
  readonly reads = ["view-published"] as const;
  newest: View | undefined;
  private readonly views = new Map<number, View>();

  observe({ fact }: Fact): void {
    if (fact.type !== "view-published" || this.views.has(fact.view.number)) return;
    this.views.set(fact.view.number, fact.view);
    if (this.newest === undefined || this.newest.number < fact.view.number) this.newest = fact.view;
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
