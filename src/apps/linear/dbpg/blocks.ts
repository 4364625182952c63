/** Contiguous key ranges that hold equal shares of the non-zeros: the blocks of DBPG, found by a survey of the slots. */
import { keyAt, type KeyRange, type Program, type TaskResult } from "../../../core/index.ts";
import type { Columns } from "../columns.ts";

const surveyGroups = 4096;

/** Cuts a slot's keys into groups of about equal non-zeros: the last key of each, and how many it has. */
export function* surveyKeys({ keys, columnCount, starts }: Columns): Program {
  const wanted = starts[columnCount] / surveyGroups;
  const lastColumns: number[] = [];
  const counts: number[] = [];
  for (let k = 0, begin = 0; k < columnCount; k++) {
    if (k + 1 < columnCount && starts[k + 1] - starts[begin] < wanted) continue;
    lastColumns.push(k);
    counts.push(starts[k + 1] - starts[begin]);
    begin = k + 1;
  }
  const pairs = lastColumns.flatMap((k) => [keys.pairs[2 * k], keys.pairs[2 * k + 1]]);
  return { numbers: Float64Array.from(counts), keys: Uint32Array.from(pairs) };
}

/** Where at most `count` blocks end that tile the span; one that is full with a single key leaves the others smaller shares. */
export function blockEnds(surveys: readonly TaskResult[], span: KeyRange, count: number): bigint[] {
  const groups = surveys.flatMap(({ numbers, keys }) =>
    Array.from(numbers, (nonzeros, i) => ({ end: keyAt(keys, i) + 1n, nonzeros })),
  );
  groups.sort((a, b) => (a.end < b.end ? -1 : a.end > b.end ? 1 : 0));
  const ends: bigint[] = [];
  let rest = groups.reduce((sum, group) => sum + group.nonzeros, 0);
  let block = { end: span.begin, nonzeros: 0 };
  for (const { end, nonzeros } of groups) {
    const share = rest / (count - ends.length);
    // Cuts where the block comes nearest to its share.
    if (block.nonzeros > 0 && block.nonzeros + nonzeros / 2 > share && end > block.end) {
      if (ends.length + 1 === count) break;
      ends.push(block.end);
      rest -= block.nonzeros;
      block = { end, nonzeros: 0 };
    }
    block = { end, nonzeros: block.nonzeros + nonzeros };
  }
  return [...ends, span.end];
}
