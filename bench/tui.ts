/**
 * What a screen costs: a recorded run played at ten frames a second on a terminal of 120x40 that throws away what it gets.
 * Prints the share of one core, the growth of the heap over many frames, and the time to the first frame.
 */
import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

process.env.NODE_ENV = "production";

const { readTrace, TraceSource } = await import("#tauring/observe/index.js");
const { glyphsFor, runScreen } = await import("#tauring/tui/index.js");

const path = process.argv[2] ?? "test/tui/golden/server-lost.jsonl.gz";
const seconds = Number(process.argv[3] ?? 20);
const framesOfMemory = 5000;

let frames = 0;
let firstFrameMs = 0;
const output = Object.assign(new EventEmitter(), {
  isTTY: true,
  columns: 120,
  rows: 40,
  write: (text: string): boolean => {
    // What is written of a frame begins with the place of its first row.
    if (text.includes(";1H")) {
      frames += 1;
      if (firstFrameMs === 0) firstFrameMs = performance.now();
    }
    return true;
  },
}) as unknown as NodeJS.WriteStream;

const read = readTrace(path);
if (!read.ok) throw new Error(read.reason);
const source = new TraceSource({ title: path, facts: read.trace.facts });
const { endMicros } = source.playhead();
const speed = 2 ** Math.floor(Math.log2(endMicros / 1e6 / seconds));
source.setSpeed(Math.max(1 / 64, speed));
source.setPaused(false);
void runScreen({
  source,
  input: Object.assign(new EventEmitter(), { isTTY: false }) as unknown as NodeJS.ReadStream,
  output,
  glyphs: glyphsFor(false, { LANG: "C.UTF-8" }),
  hasColour: true,
});
await sleep(2000);

const [cpuBefore, framesBefore, at] = [process.cpuUsage(), frames, performance.now()];
for (let second = 0; second < seconds; second++) {
  await sleep(1000);
  // Begins again where it ends, so that every frame is another.
  if (source.playhead().isPaused) {
    source.goTo(0);
    source.setPaused(false);
  }
}
const cpu = process.cpuUsage(cpuBefore);
const elapsedMs = performance.now() - at;
const share = (cpu.user + cpu.system) / 1000 / elapsedMs;
console.log(
  `first frame      ${firstFrameMs.toFixed(0)} ms after the start of the process, with all that it loads and reads`,
);
console.log(
  `frames           ${((frames - framesBefore) / (elapsedMs / 1000)).toFixed(1)} a second at 120x40`,
);
console.log(`share of a core  ${(share * 100).toFixed(1)} %`);

/** Frames as fast as they come, each another; the heap after a collection. */
async function heapAfter(count: number): Promise<number> {
  const until = frames + count;
  source.setPaused(true);
  for (let step = 0; frames < until; step++) {
    source.goTo((step * 7919) % endMicros);
    output.emit("resize");
    if (step % 20 === 0) await sleep(1);
  }
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
const before = await heapAfter(500);
const after = await heapAfter(framesOfMemory);
console.log(`heap             ${((after - before) / 1e6).toFixed(2)} MB more after ${framesOfMemory} frames`);
console.log(`performance      ${performance.getEntriesByType("measure").length} marks kept by React`);
process.exit(0);
