/** A recorded run on screen: everything is known, nothing can be changed. */
import { CheckRun } from "../checkers/checker.ts";
import { allCheckers } from "../checkers/index.ts";
import type { Fact } from "../fact.ts";
import { Player } from "./player.ts";
import type { Capabilities, Done, Source } from "./source.ts";
import { Timeline } from "./timeline.ts";

const refused: Done = { ok: false, reason: "a trace is what has happened: nothing in it can be changed" };

export interface RecordedRun {
  readonly title: string;
  /** As `mergeTraces` puts them together. */
  readonly facts: readonly Fact[];
  /** Hash of the model that an undisturbed run leaves, where it is known. */
  readonly referenceModel?: string | undefined;
}

export class TraceSource extends Player implements Source {
  readonly kind = "trace" as const;
  readonly title: string;
  readonly can: Capabilities = {
    rewind: true,
    speed: true,
    break: false,
    confirmBreak: false,
    branch: false,
    save: false,
    messages: true,
  };

  constructor({ title, facts, referenceModel }: RecordedRun) {
    const checks = new CheckRun(allCheckers(referenceModel));
    const timeline = new Timeline(checks);
    for (const fact of facts) timeline.append(fact);
    checks.finish(facts.some(({ fact }) => fact.type === "job-ended"));
    timeline.finish();
    const knownMicros = facts.at(-1)?.at ?? 0;
    super({ timeline, isComplete: true, knownMicros, makeUntil: () => true, makeOne: () => false });
    this.title = title;
  }

  break(): Done {
    return refused;
  }

  branch(): Done {
    return refused;
  }

  save(): Done {
    return refused;
  }
}
