/** A recorded run on screen: everything is known, nothing can be changed. */
import type { Fact } from "../fact.ts";
import { RecordedChecks } from "../trace/recorded-checks.ts";
import type { TraceHeader } from "../trace/trace-file.ts";
import { Player } from "./player.ts";
import type { Capabilities, Done, Source } from "./source.ts";
import { Timeline } from "./timeline.ts";

const refused: Done = { ok: false, reason: "a trace is what has happened: nothing in it can be changed" };

export interface RecordedRun {
  readonly title: string;
  /** As `mergeTraces` puts them together. */
  readonly facts: readonly Fact[];
  /** Of its files: they say what the run was held to. */
  readonly headers?: readonly TraceHeader[];
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

  constructor({ title, facts, headers = [] }: RecordedRun) {
    const checks = new RecordedChecks(headers);
    const timeline = new Timeline(checks.run);
    for (const fact of facts) timeline.append(fact);
    checks.finish(facts);
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
