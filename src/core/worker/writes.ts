/** Where a task writes: what it declared, and whether its requests keep to it. */
import type { KeyList } from "../keys/key-list.ts";
import { keyAt, lowerBound } from "../keys/key-list.ts";
import type { KeyRange } from "../keys/key-range.ts";
import type { ParameterSpec } from "../parameter.ts";
import type { TaskSpec } from "../tasks/task.ts";

/** The ranges that the task declares for a parameter, ascending and apart. */
export function writesTo(task: TaskSpec, parameter: number): readonly KeyRange[] {
  const declared = task.writes.filter((write) => write.parameter === parameter).map(({ range }) => range);
  declared.sort((a, b) => (a.begin < b.begin ? -1 : 1));
  const ranges: KeyRange[] = [];
  for (const range of declared) {
    const last = ranges.at(-1);
    if (range.begin >= range.end) continue;
    if (last === undefined || range.begin > last.end) ranges.push(range);
    else if (range.end > last.end) ranges[ranges.length - 1] = { begin: last.begin, end: range.end };
  }
  return ranges;
}

/** The first key of the list that lies outside the ranges, which ascend and are apart. */
export function keyOutside({ pairs }: KeyList, ranges: readonly KeyRange[]): bigint | undefined {
  const count = pairs.length / 2;
  let at = 0;
  for (const { begin, end } of ranges) {
    if (at < count && keyAt(pairs, at) < begin) break;
    at = lowerBound(pairs, end);
  }
  return at < count ? keyAt(pairs, at) : undefined;
}

/** A key list is inside the parameter's span; anything else is a mistake of the program. */
export function checkKeys(spec: ParameterSpec, keys: KeyList): void {
  const outside = keyOutside(keys, [spec.span]);
  if (outside === undefined) return;
  const { begin, end } = spec.span;
  throw new Error(`key ${outside} is outside ${spec.name}, whose keys are [${begin}, ${end})`);
}

export function parameterOf(specs: readonly ParameterSpec[], parameter: number): ParameterSpec {
  const spec = specs[parameter];
  if (spec === undefined)
    throw new Error(`parameter ${parameter} is not one of the ${specs.length} that the job has`);
  return spec;
}

/** The range is inside one of the ranges, which ascend and are apart. */
export function isInside({ begin, end }: KeyRange, ranges: readonly KeyRange[]): boolean {
  return begin >= end || ranges.some((range) => range.begin <= begin && end <= range.end);
}
