/** What happens by itself to the cluster of the demo: each is a breakage as anybody could make it, said as it is done. */
import type { Breakage } from "../../observe/index.ts";
import type { Around } from "../../net/index.ts";
import type { ProcessHands } from "../hands/process-hands.ts";

interface Chapter {
  /** Since the job runs. */
  readonly afterMs: number;
  readonly breakage: Breakage;
  readonly text: string;
}

const chapters: readonly Chapter[] = [
  {
    afterMs: 5_000,
    breakage: { kind: "kill", node: "server-1", restartAfterMicros: null },
    text: "The process of server-1 is killed now (SIGKILL): nobody is told.",
  },
  {
    afterMs: 16_000,
    breakage: { kind: "join", role: "server" },
    text: "Another server is started: it asks the manager for a part of the ring.",
  },
  {
    afterMs: 28_000,
    breakage: { kind: "pause", node: "worker-1", forMicros: 3_000_000 },
    text: "The process of worker-1 is stopped for 3 s (SIGSTOP): it will not know.",
  },
  {
    afterMs: 42_000,
    breakage: { kind: "kill", node: "scheduler-0", restartAfterMicros: 1_000_000 },
    text: "The process of scheduler-0 is killed; a new one reads what it wrote down, and goes on.",
  },
];

export function followStory(hands: ProcessHands): void {
  let runsForMs = 0;
  let told = 0;
  hands.follow((elapsedMs, around: Around) => {
    if (around.view.header.state !== "running") return;
    runsForMs += elapsedMs;
    const chapter = chapters.at(told);
    if (chapter === undefined || runsForMs < chapter.afterMs) return;
    told += 1;
    const done = hands.break(chapter.breakage, around);
    // By hand somebody may have done it before.
    if (done.ok) hands.say(chapter.text);
  });
}
