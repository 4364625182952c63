/** Every checker, in the order of docs/checkers.md. */
import { OneHistory, PrefixesOnly, SameDigests, SameStateSealed, States } from "./agreement.ts";
import { OneEffectiveAttempt, OneTaskATime } from "./attempts.ts";
import type { Checker } from "./checker.ts";
import { Conservation } from "./conservation.ts";
import { BoundedDelay, BoundedGap, ExecuteAfterFinished, Tasks } from "./delay.ts";
import { Converged, FullCopies } from "./durability.ts";
import {
  AppliedOnce,
  FinishedIsApplied,
  KnownAgain,
  RefusedIsAbsent,
  UnknownAtMostOnce,
} from "./exactly-once.ts";
import { Fenced } from "./fencing.ts";
import { Freshness } from "./freshness.ts";
import { FewViews, NoOldEffects, OneLeader } from "./leadership.ts";
import { Lines } from "./lines.ts";
import { Lives } from "./lives.ts";
import { EveryoneKnows, FullyReplicated, OneMaster, OneViewANumber, SegmentsTile } from "./ownership.ts";
import { JobGoesOn, NothingLeftOpen, NothingLeftOut } from "./progress.ts";
import { PushLedger } from "./push-ledger.ts";
import { SameModel } from "./same-model.ts";
import { CommittedReads, SealHasCommitted, SealHasFinished, ShortHandOver } from "./sealing.ts";
import { MonotonicReads, ReadMyWrites } from "./sessions.ts";
import { OneHolder, SlotHolders } from "./slots.ts";
import { Views } from "./views.ts";

/** What the facts do not say. What is left out is measured and never violated. */
export interface CheckOptions {
  /** Replicas of each segment beside its master; by default as many as the first view has. */
  readonly replicas?: number;
  readonly sealGapMaxMs?: number;
  readonly frontierGapMaxMs?: number;
  readonly viewsPerMinuteMax?: number;
}

/** `referenceModel` is the hash of the model that an undisturbed run of the same job leaves, where it is known. */
export function allCheckers(
  referenceModel: string | undefined,
  options: CheckOptions = {},
): readonly Checker[] {
  const unlimited = Number.POSITIVE_INFINITY;
  const { sealGapMaxMs = unlimited, frontierGapMaxMs = unlimited, viewsPerMinuteMax = unlimited } = options;
  const lives = new Lives();
  const lines = new Lines(lives);
  const ledgers = { lives, lines, ledger: new PushLedger(lines) };
  const states = new States();
  const views = new Views();
  const tasks = new Tasks(lives);
  const holders = new SlotHolders();
  return [
    new AppliedOnce(ledgers),
    new FinishedIsApplied(ledgers),
    new UnknownAtMostOnce(ledgers),
    new RefusedIsAbsent(ledgers),
    new Conservation(ledgers),
    new SameStateSealed(states),
    new KnownAgain(ledgers),
    new NothingLeftOut(lives, tasks),
    new OneHolder(),
    new BoundedDelay(lives, tasks),
    new Freshness(lives, lines),
    new BoundedGap(lives, tasks),
    new ReadMyWrites(ledgers, holders),
    new MonotonicReads(holders),
    new SameModel(referenceModel),
    new Converged(lives, lines, views),
    new PrefixesOnly(lives, lines),
    new OneHistory(lives, lines),
    new FullCopies(lives, lines, views),
    new CommittedReads(lives, lines),
    new SealHasCommitted(lives, lines),
    new Fenced(lives, lines),
    new SameDigests(states),
    new OneMaster(lives, lines),
    new SegmentsTile(),
    new OneViewANumber(),
    new FullyReplicated(lives, views, options.replicas),
    new EveryoneKnows(lives, views),
    new SealHasFinished(ledgers),
    new ShortHandOver(lives, sealGapMaxMs),
    new OneLeader(),
    new NoOldEffects(),
    new FewViews(viewsPerMinuteMax),
    new ExecuteAfterFinished(lives, tasks),
    new OneEffectiveAttempt(ledgers),
    new OneTaskATime(lives, tasks),
    new JobGoesOn(frontierGapMaxMs),
    new NothingLeftOpen(ledgers, tasks),
  ];
}
