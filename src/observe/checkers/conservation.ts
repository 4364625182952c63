/**
 * X5: a value is what was pushed, no more and no less. Rows of provenance parameters are additive hashes of push
 * identities, exact in float64, so that each pull says which pushes it contains; they are compared bit for bit with
 * the sum of what was applied up to the state that the pull names.
 */
import type { PushIdentity, Provenance } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import { pushName, segmentName, tokenName } from "./identity.ts";

/** Sums of one key's rows after each entry that changed it. */
interface History {
  readonly indices: number[];
  readonly sums: (readonly number[])[];
}

export class Conservation implements Checker {
  readonly id = "X5";
  readonly promise = "a pulled value is the sum of the pushes applied up to the state that it names";
  private readonly pushed = new Map<string, Provenance>();
  private readonly histories = new Map<string, History>();

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "push-invoked" && fact.provenance !== undefined) {
      this.pushed.set(pushName(fact.push), fact.provenance);
    } else if (fact.type === "applied") {
      for (const slot of fact.slots) {
        const push: PushIdentity = { parameter: fact.parameter, slot, time: fact.time, op: fact.op };
        const provenance = this.pushed.get(pushName(push));
        if (provenance !== undefined)
          this.apply(segmentName(fact.parameter, fact.segment), fact.token.index, provenance);
      }
    } else if (fact.type === "part-pulled" && fact.provenance !== undefined) {
      const { keys, rows } = fact.provenance;
      const segment = segmentName(fact.parameter, fact.segment);
      keys.forEach((key, j) => {
        report.evaluated();
        const expected = this.sumAt(`${segment}/${key}`, fact.token.index, rows[j].length);
        if (rows[j].every((value, c) => value === expected[c])) return;
        report.violated(
          `slot ${fact.slot} at ${fact.time}/${fact.op} pulled [${rows[j].join(", ")}] for key ${key} of ${segment} in state ` +
            `${tokenName(fact.token)}; the pushes applied up to there add up to [${expected.join(", ")}]`,
        );
      });
    }
  }

  finish(): void {}

  /** A key is only ever read from its own segment, so the histories that a push leaves under others are never asked. */
  private apply(segment: string, index: number, { keys, rows }: Provenance): void {
    keys.forEach((key, j) => {
      const name = `${segment}/${key}`;
      let history = this.histories.get(name);
      if (history === undefined) {
        history = { indices: [], sums: [] };
        this.histories.set(name, history);
      }
      const before = history.sums.at(-1) ?? rows[j].map(() => 0);
      history.indices.push(index);
      history.sums.push(before.map((sum, c) => sum + rows[j][c]));
    });
  }

  private sumAt(name: string, index: number, width: number): readonly number[] {
    const history = this.histories.get(name);
    let low = 0;
    let high = history?.indices.length ?? 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((history as History).indices[middle] <= index) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? new Array<number>(width).fill(0) : (history as History).sums[low - 1];
  }
}
