/** R6: nothing of an older view is done by a node that has adopted a newer one (docs/guarantees.md G7). */
import type { Observation } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import { LineChecker } from "./agreement.ts";
import type { Report } from "./checker.ts";
import { SegmentMap, placeName, tokenName } from "./identity.ts";
import { type Life, lifeName } from "./lives.ts";

type Stored = Extract<Observation, { readonly type: "entry-stored" }>;
type Committed = Extract<Observation, { readonly type: "committed" }>;
type Sealed = Extract<Observation, { readonly type: "segment-sealed" }>;

/** An entry of an older view that a holder took in, in a view that was not sealed yet. */
interface Late {
  readonly life: Life;
  readonly view: number;
  readonly token: Stored["token"];
}

/**
 * Entries of an older view go through the new chain before it is sealed: which view a holder took one in is not told, so
 * it is held to be the one that it had adopted, and the seal must then contain it.
 */
export class Fenced extends LineChecker {
  readonly id = "R6";
  readonly promise = "a node makes, stores and commits nothing in a view older than one that it adopted";
  readonly reads = ["applied", "entry-stored", "committed", "segment-sealed"] as const;
  private readonly late = new SegmentMap<Late[]>();

  observe({ node, fact }: Fact, report: Report): void {
    const life = this.lives.of(node);
    switch (fact.type) {
      case "applied": {
        report.evaluated();
        const { parameter, segment, token } = fact;
        if (token.view >= life.adoptedView) return;
        return report.violated(
          `${lifeName(life)} applied ${tokenName(token)} to ${placeName(parameter, segment)} in view ${life.adoptedView}`,
        );
      }
      case "entry-stored":
        return this.stored(life, fact, report);
      case "committed":
        return this.committed(life, fact, report);
      case "segment-sealed":
        return this.sealed(fact, report);
    }
  }

  private stored(life: Life, { parameter, segment, token }: Stored, report: Report): void {
    report.evaluated();
    const view = life.adoptedView;
    if (token.view >= view) return;
    const seal = this.lines.of(parameter, segment).sealOf(view);
    if (seal === undefined) {
      const late = this.late.get(parameter, segment);
      if (late === undefined) this.late.set(parameter, segment, [{ life, view, token }]);
      else late.push({ life, view, token });
    } else if (token.index > seal.token.index)
      this.tooLate({ life, view, token }, { parameter, segment }, report);
  }

  private committed(life: Life, { parameter, segment, token }: Committed, report: Report): void {
    report.evaluated();
    const view = life.adoptedView;
    if (token.view >= view) return;
    const seal = this.lines.of(parameter, segment).sealOf(view);
    if (seal !== undefined && seal.master === life && token.index <= seal.token.index) return;
    report.violated(
      `${lifeName(life)} committed ${tokenName(token)} of ${placeName(parameter, segment)} in view ${view}, which it ` +
        "had not sealed with it",
    );
  }

  private sealed({ parameter, segment, view, token }: Sealed, report: Report): void {
    const late = this.late.get(parameter, segment);
    if (late === undefined || late.length === 0) return;
    this.late.set(
      parameter,
      segment,
      late.filter((one) => one.view > view),
    );
    for (const one of late) {
      if (one.view === view && one.token.index > token.index)
        this.tooLate(one, { parameter, segment }, report);
    }
  }

  private tooLate(
    { life, view, token }: Late,
    { parameter, segment }: { readonly parameter: number; readonly segment: number },
    report: Report,
  ): void {
    report.violated(
      `${lifeName(life)} stored ${tokenName(token)} of ${placeName(parameter, segment)} in view ${view}, whose seal is without it`,
    );
  }
}
