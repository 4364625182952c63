/** K1 to K3: a checkpoint is the job at one frontier, all of it, and what goes on from it goes on from there (docs/guarantees.md G12). */
import type { Observation } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import { SegmentMap, placeName, tokenName } from "./identity.ts";
import type { Lines } from "./lines.ts";
import type { Lives } from "./lives.ts";
import type { Views } from "./views.ts";

type Applied = Extract<Observation, { readonly type: "applied" }>;
type PartSaved = Extract<Observation, { readonly type: "part-saved" }>;
type CheckpointSaved = Extract<Observation, { readonly type: "checkpoint-saved" }>;

/** What was applied to one segment, and what of it was saved last. */
interface History {
  lineage: number;
  /** In order, those of tasks that have not finished everywhere, and those that are not committed. */
  entries: { readonly index: number; readonly time: number }[];
  /** Of those that are not kept any more. */
  goneIndex: number;
  goneTime: number;
  /** No task below this may be applied any more: `saved` has the segment as it was before it. */
  bound: number;
  saved: string;
}

/** K1: what is saved of a segment has each push of the tasks below the checkpoint's first, and none of a later one. */
export class OneFrontier implements Checker {
  readonly id = "K1";
  readonly promise =
    "what a checkpoint has of a segment contains every push of the tasks below its first, and none of another";
  readonly reads = ["applied", "segment-sealed", "frontier-rose", "part-saved"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lines: Lines;
  private readonly histories = new SegmentMap<History>();

  constructor(lives: Lives, lines: Lines) {
    this.follows = [lives, lines];
    this.lines = lines;
  }

  observe({ fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "applied":
        return this.applied(fact, report);
      case "segment-sealed": {
        if (this.lines.of(fact.parameter, fact.segment).view !== fact.view) return;
        const { entries } = this.histories.of(fact.parameter, fact.segment, firstHistory);
        while (entries.length > 0 && entries[entries.length - 1].index > fact.token.index) entries.pop();
        return;
      }
      case "frontier-rose":
        return this.histories.forEach((history, parameter, segment) =>
          forget(history, fact.floor, this.lines.of(parameter, segment).committed?.index ?? 0),
        );
      case "part-saved":
        return this.saved(fact, report);
    }
  }

  finish(): void {}

  private applied(fact: Applied, report: Report): void {
    const { parameter, segment, time, token } = fact;
    if (this.lines.of(parameter, segment).isVoid(token)) return;
    const history = this.histories.of(fact.parameter, fact.segment, firstHistory);
    if (token.lineage > history.lineage) Object.assign(history, newHistory(token.lineage));
    if (token.lineage < history.lineage) return;
    history.entries.push({ index: token.index, time });
    if (time >= history.bound) return;
    report.violated(
      `task ${time} was applied to ${placeName(parameter, segment)} at ${tokenName(token)}, after ${history.saved} had ` +
        `saved it as it was before task ${history.bound}`,
    );
  }

  private saved(fact: PartSaved, report: Report): void {
    const { checkpoint, parameter, segment, token, first } = fact;
    const history = this.histories.of(fact.parameter, fact.segment, firstHistory);
    if (token.lineage > history.lineage) Object.assign(history, newHistory(token.lineage));
    // A master may learn late that its part was written: of what is not kept any more nothing can be told.
    if (token.lineage < history.lineage || history.goneTime >= first) return;
    report.evaluated();
    const what = `${checkpoint} has ${tokenName(token)} of ${placeName(parameter, segment)}`;
    const late = history.entries.find(({ index, time }) => index <= token.index && time >= first);
    if (late !== undefined)
      report.violated(`${what}, with a push of task ${late.time}; it begins with ${first}`);
    const lacks = history.entries.find(({ index, time }) => index > token.index && time < first);
    if (lacks !== undefined) report.violated(`${what}, without a push of task ${lacks.time}, below ${first}`);
    if (history.goneIndex > token.index) {
      report.violated(
        `${what}, which is older than what was applied before task ${first} up to ${history.goneIndex}`,
      );
    }
    if (first <= history.bound) return;
    history.bound = first;
    history.saved = checkpoint;
  }
}

function firstHistory(): History {
  return newHistory(0);
}

function newHistory(lineage: number): History {
  return { lineage, entries: [], goneIndex: 0, goneTime: -1, bound: 0, saved: "" };
}

/** What has finished everywhere and is committed stays. */
function forget(history: History, floor: number, committed: number): void {
  const { entries } = history;
  let gone = 0;
  while (gone < entries.length && entries[gone].time < floor && entries[gone].index <= committed) {
    history.goneIndex = entries[gone].index;
    history.goneTime = Math.max(history.goneTime, entries[gone].time);
    gone++;
  }
  if (gone > 0) entries.splice(0, gone);
}

/** K2: a checkpoint that the registry names has every segment of every parameter, all before the same task. */
export class WholeCheckpoint implements Checker {
  readonly id = "K2";
  readonly promise =
    "a checkpoint that there is has every segment of every parameter, as it was before the same task";
  readonly reads = ["job-submitted", "part-saved", "checkpoint-saved", "view-published"] as const;
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly views: Views;
  private parameterCount = 0;
  /** By checkpoint, the first task by the segment's name. */
  private readonly parts = new Map<string, Map<string, number>>();
  /** Saved before any view was told of: the manager of the first had died. How many segments there are never changes. */
  private readonly early: (readonly [CheckpointSaved, ReadonlyMap<string, number>])[] = [];

  constructor(lives: Lives, views: Views) {
    this.follows = [lives, views];
    this.lives = lives;
    this.views = views;
  }

  observe({ fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "job-submitted":
        this.parameterCount = fact.parameters.length;
        return;
      case "part-saved": {
        const parts = this.parts.get(fact.checkpoint) ?? new Map<string, number>();
        this.parts.set(fact.checkpoint, parts.set(placeName(fact.parameter, fact.segment), fact.first));
        return;
      }
      case "checkpoint-saved":
        return this.saved(fact, report);
      case "view-published":
        for (const [saved, parts] of this.early.splice(0)) this.decide(saved, parts, report);
    }
  }

  finish(): void {}

  private saved(saved: CheckpointSaved, report: Report): void {
    const parts = this.parts.get(saved.checkpoint) ?? new Map<string, number>();
    // Whatever was being saved before it never came to be.
    this.parts.clear();
    this.decide(saved, parts, report);
  }

  private decide(saved: CheckpointSaved, parts: ReadonlyMap<string, number>, report: Report): void {
    const { checkpoint, first } = saved;
    const segmentCount = this.views.published?.segments.length;
    if (segmentCount === undefined) this.early.push([saved, parts]);
    if (segmentCount === undefined || this.parameterCount === 0) return;
    report.evaluated();
    const count = segmentCount * this.parameterCount;
    if (parts.size < count && !this.lives.hasLostWords("server")) {
      report.violated(`${checkpoint} exists, and ${parts.size} of ${count} parts were saved for it`);
    }
    for (const [name, time] of parts) {
      if (time !== first)
        report.violated(`${checkpoint} begins with task ${first}, and has ${name} before ${time}`);
    }
  }
}

/** K3: what goes on from a checkpoint does not do again what that has. */
export class NothingAgain implements Checker {
  readonly id = "K3";
  readonly promise = "in a lineage that begins with a checkpoint no task below its first is applied";
  readonly reads = ["job-resumed", "applied"] as const;
  /** By lineage. */
  private readonly firsts = new Map<number, number>();

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "job-resumed") this.firsts.set(fact.lineage, fact.first);
    if (fact.type !== "applied") return;
    const { parameter, segment, time, token } = fact;
    const first = this.firsts.get(token.lineage);
    if (first === undefined) return;
    report.evaluated();
    if (time >= first) return;
    report.violated(
      `task ${time} was applied to ${placeName(parameter, segment)} at ${tokenName(token)}, in a lineage that begins ` +
        `with task ${first}`,
    );
  }

  finish(): void {}
}
