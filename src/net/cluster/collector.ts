/** How V8 collects garbage in a process that runs a node. */
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** V8 itself waits for 64 MB. */
const leftBytesMax = 2 * 1024 * 1024;
const lookEveryMs = 500;

/**
 * A node's heap is small, and its messages, which are outside of the heap, are large: V8 takes their memory as pressure
 * and marks in steps of up to ten milliseconds while it is being taken. One whole collection, of a few milliseconds, is
 * half of the work. Small messages leave memory outside of the heap for so long that it comes to more than all the rest
 * of the process: twice a second it is looked at, and collected where there is much.
 */
export function collectAtOnce(): void {
  setFlagsFromString("--no-incremental-marking");
  // Of a few megabytes each: threads that help would be waited for until a busy machine has a processor for them.
  setFlagsFromString("--no-parallel-scavenge");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let kept = 0;
  setInterval(() => {
    const outside = getHeapStatistics().external_memory;
    if (outside < kept + leftBytesMax) {
      kept = Math.min(kept, outside);
      return;
    }
    collect();
    kept = getHeapStatistics().external_memory;
  }, lookEveryMs).unref();
}
