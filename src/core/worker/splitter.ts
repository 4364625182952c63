/** Splits what a program asks for by segment, with what a worker keeps for that between requests. */
import { KnownKeyLists } from "../filters/key-caching.ts";
import { LossyState } from "../filters/lossy-state.ts";
import { RowCopies } from "../filters/row-copy.ts";
import type { Slot } from "../ids.ts";
import type { JobSpec } from "../job.ts";
import type { ParameterSpec } from "../parameter.ts";
import { SegmentRanges } from "../ring/segment-ranges.ts";
import type { View } from "../ring/view.ts";
import type { Shell } from "../shell.ts";
import type { FinishedFrontier } from "../tasks/frontier.ts";
import { splitCall } from "./calls.ts";
import { KeySplits } from "./key-splits.ts";
import type { ProgramRequest } from "./program.ts";
import { splitPull, splitRangePull } from "./pulls.ts";
import { splitPush } from "./pushes.ts";
import type { RequestContext, SplitRequest } from "./request.ts";
import { SlotTokens } from "./slot-tokens.ts";
import type { TaskRun } from "./task-run.ts";

interface SplitFor {
  readonly job: JobSpec;
  readonly specs: readonly ParameterSpec[];
  readonly frontier: FinishedFrontier;
}

export class Splitter {
  /** Lists of keys that servers were sent. */
  readonly known: KnownKeyLists = new KnownKeyLists();
  /** What each slot has seen of each segment. */
  readonly tokens: SlotTokens = new SlotTokens();
  private readonly shell: Shell;
  private readonly about: SplitFor;
  /** Of the newest view that a request was split by. */
  private newest: RequestContext | undefined;
  private readonly copies: RowCopies;
  private readonly held: Map<string, LossyState> = new Map();

  constructor(shell: Shell, about: SplitFor) {
    this.shell = shell;
    this.about = about;
    this.copies = new RowCopies(shell.options.keyListCacheBytesMax);
  }

  /** Throws an Error where it asks for what is not. */
  split(run: TaskRun, request: ProgramRequest, view: View): readonly SplitRequest[] {
    const split: SplitRequest[] = [];
    splitInto(split, this.context(view), run, request);
    return split;
  }

  private context(view: View): RequestContext {
    if (this.newest?.view === view) return this.newest;
    const { shell, about, known, copies, tokens } = this;
    const { job, specs, frontier } = about;
    const ranges = new SegmentRanges(specs, view);
    const splits = new KeySplits(ranges, shell.options.keyListCacheBytesMax);
    const lossy = (slot: Slot, parameter: number): LossyState => this.lossy(slot, parameter);
    this.newest = { shell, job, specs, view, frontier, ranges, splits, known, copies, tokens, lossy };
    return this.newest;
  }

  private lossy(slot: Slot, parameter: number): LossyState {
    const name = `${slot}/${parameter}`;
    const known = this.held.get(name);
    if (known !== undefined) return known;
    const state = new LossyState(this.about.specs[parameter]);
    this.held.set(name, state);
    return state;
  }
}

function splitInto(
  split: SplitRequest[],
  context: RequestContext,
  run: TaskRun,
  request: ProgramRequest,
): void {
  if (request.type === "all") for (const each of request.requests) splitInto(split, context, run, each);
  else if (request.type === "push") split.push(splitPush(context, run, request));
  else if (request.type === "call") split.push(splitCall(context, run, request));
  else if (request.type === "pull") split.push(splitPull(context, run, request));
  else split.push(splitRangePull(context, run, request));
}
