/** Every checker, in the order of docs/checkers.md. */
import { OneHistory, PrefixesOnly, SameDigests, SameStateSealed, States } from "./agreement.ts";
import { OneEffectiveAttempt, OneTaskATime } from "./attempts.ts";
import type { Checker } from "./checker.ts";
import { NothingAgain, OneFrontier, WholeCheckpoint } from "./checkpoints.ts";
import { Conservation } from "./conservation.ts";
import { BoundedDelay, BoundedGap, ExecuteAfterFinished, Tasks } from "./delay.ts";
import { NoFalseSilence, TheDeadAreFound } from "./detection.ts";
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
import { NothingOfTheFuture } from "./future.ts";
import { FewViews, NoOldEffects, OneLeader } from "./leadership.ts";
import { LeavesInTime } from "./leaving.ts";
import { Lineages } from "./lineages.ts";
import { Lines } from "./lines.ts";
import { Lives } from "./lives.ts";
import { EveryoneKnows, FullyReplicated, OneMaster, OneViewANumber, SegmentsTile } from "./ownership.ts";
import { JobGoesOn, NothingLeftOpen, NothingLeftOut } from "./progress.ts";
import { PushLedger } from "./push-ledger.ts";
import { CopiesComeBack, NoGhosts } from "./replacement.ts";
import { BoundedBuffers, BoundedResends, RetriesBackOff } from "./resources.ts";
import { NothingOfOldLineages } from "./rollbacks.ts";
import { SameModel } from "./same-model.ts";
import { CommittedReads, SealHasCommitted, SealHasFinished, ShortHandOver } from "./sealing.ts";
import { MonotonicReads, ReadMyWrites } from "./sessions.ts";
import { OneHolder, SlotHolders } from "./slots.ts";
import { NothingLostAtTakeOver, OneTenureAtATime } from "./tenure.ts";
import { NothingVacuous } from "./vacuity.ts";
import { Views } from "./views.ts";
import { Answered } from "./waiting.ts";
import { World } from "./world.ts";

/** What the facts do not say. What is left out is measured and never violated. */
export interface CheckOptions {
  /** Replicas of each segment beside its master; by default as many as the first view has. */
  readonly replicas?: number;
  readonly sealGapMaxMs?: number;
  readonly frontierGapMaxMs?: number;
  readonly viewsPerMinuteMax?: number;
  /** Silence after which a node is suspected, as the run was told. */
  readonly suspectAfterMs?: number;
  /** From the last fault until who was lost is replaced, and what was lost is there again. */
  readonly repairMaxMs?: number;
  readonly answerMaxMs?: number;
  readonly leaveMaxMs?: number;
  readonly resendsPerSecondMax?: number;
}

/** `referenceModel` is the hash of the model that an undisturbed run of the same job leaves, where it is known. */
export function allCheckers(
  referenceModel: string | undefined,
  options: CheckOptions = {},
): readonly Checker[] {
  const unlimited = Number.POSITIVE_INFINITY;
  const { sealGapMaxMs = unlimited, frontierGapMaxMs = unlimited, viewsPerMinuteMax = unlimited } = options;
  const { suspectAfterMs = 0, repairMaxMs = unlimited, answerMaxMs = unlimited } = options;
  const { leaveMaxMs = unlimited, resendsPerSecondMax = unlimited } = options;
  const lives = new Lives();
  const views = new Views();
  const holders = new SlotHolders();
  const world = new World(options.repairMaxMs);
  const shared = { lives, views, holders, world };
  const { checkers } = new Lineages(
    () => lineageCheckers(shared, sealGapMaxMs),
    [lives, views, holders, world],
  );
  const inLineage = (id: string): Checker => checkers.find((one) => one.id === id) as Checker;
  return [
    ...["X1", "X2", "X3", "X4", "X5", "X6", "X7", "X8"].map(inLineage),
    new OneHolder(),
    ...["X10", "C1", "C2", "C3", "C4", "C5", "C6"].map(inLineage),
    new SameModel(referenceModel),
    ...["C8", "C9", "R1", "R2", "R3", "R4", "R5", "R6", "R7"].map(inLineage),
    new BoundedResends(),
    new NothingOfOldLineages(lives),
    inLineage("O1"),
    new SegmentsTile(),
    new OneViewANumber(),
    new FullyReplicated({ lives, views, world }, options.replicas),
    new EveryoneKnows(lives, views, world),
    ...["O6", "O7"].map(inLineage),
    new OneLeader(),
    new NoOldEffects(),
    new OneTenureAtATime(),
    new NoFalseSilence(lives, world, suspectAfterMs),
    new TheDeadAreFound(world, repairMaxMs),
    new CopiesComeBack({ lives, views, world }, options.replicas, repairMaxMs),
    new NoGhosts(lives, world, repairMaxMs),
    new LeavesInTime(world, leaveMaxMs),
    new FewViews(viewsPerMinuteMax),
    ...["T1", "T2", "T3"].map(inLineage),
    new Answered({ lives, holders, world }, answerMaxMs),
    new JobGoesOn(frontierGapMaxMs),
    new BoundedBuffers(),
    new RetriesBackOff(resendsPerSecondMax),
    ...["V5", "K1", "K2"].map(inLineage),
    new NothingAgain(),
  ];
}

/** What is promised of one lineage, and void where the job is rolled back: a set for each. */
function lineageCheckers(
  {
    lives,
    views,
    holders,
    world,
  }: {
    readonly lives: Lives;
    readonly views: Views;
    readonly holders: SlotHolders;
    readonly world: World;
  },
  sealGapMaxMs: number,
): readonly Checker[] {
  const lines = new Lines(lives);
  const ledgers = { lives, lines, ledger: new PushLedger(lines) };
  const states = new States();
  const tasks = new Tasks(lives);
  return [
    new AppliedOnce(ledgers),
    new FinishedIsApplied(ledgers),
    new UnknownAtMostOnce(ledgers),
    new RefusedIsAbsent(ledgers),
    new Conservation(ledgers),
    new SameStateSealed(states),
    new KnownAgain(ledgers),
    new NothingLeftOut(lives, tasks),
    new NothingLostAtTakeOver(lives, tasks),
    new BoundedDelay(lives, tasks),
    new Freshness(lives, lines),
    new BoundedGap(lives, tasks),
    new NothingOfTheFuture(lives, lines, tasks),
    new ReadMyWrites(ledgers, holders),
    new MonotonicReads(holders),
    new Converged(lives, lines, views, world),
    new NothingVacuous(lives, lines),
    new PrefixesOnly(lives, lines),
    new OneHistory(lives, lines),
    new FullCopies(lives, lines, views),
    new CommittedReads(lives, lines),
    new SealHasCommitted(lives, lines),
    new Fenced(lives, lines),
    new SameDigests(states),
    new OneMaster(lives, lines),
    new SealHasFinished(ledgers),
    new ShortHandOver(lives, sealGapMaxMs),
    new ExecuteAfterFinished(lives, tasks),
    new OneEffectiveAttempt(ledgers),
    new OneTaskATime(lives, tasks),
    new NothingLeftOpen(ledgers, tasks),
    new OneFrontier(lives, lines),
    new WholeCheckpoint(lives, views),
  ];
}
