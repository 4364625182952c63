/** Every checker, in the order of docs/checkers.md. */
import type { Checker } from "./checker.ts";
import { Conservation } from "./conservation.ts";
import { BoundedDelay, ExecuteAfterFinished } from "./delay.ts";
import { AppliedOnce, FinishedIsApplied, RefusedIsAbsent, UnknownAtMostOnce } from "./exactly-once.ts";
import { Freshness } from "./freshness.ts";
import { PushLedger } from "./push-ledger.ts";
import { SameModel } from "./same-model.ts";
import { MonotonicReads, ReadMyWrites } from "./sessions.ts";

/** `referenceModel` is the hash of the model that an undisturbed run of the same job leaves, where it is known. */
export function allCheckers(referenceModel: string | undefined): readonly Checker[] {
  const ledger = new PushLedger();
  return [
    new AppliedOnce(ledger),
    new FinishedIsApplied(ledger),
    new UnknownAtMostOnce(ledger),
    new RefusedIsAbsent(ledger),
    new Conservation(ledger),
    new BoundedDelay(),
    new Freshness(),
    new ReadMyWrites(ledger),
    new MonotonicReads(),
    new SameModel(referenceModel),
    new ExecuteAfterFinished(),
  ];
}
