/** Examples made from rows written out, and from a seed. */
import { keyListFromNumbers, mix32, type Examples } from "../../src/core/index.ts";

export interface Row {
  readonly label: 1 | -1;
  /** [key, value] pairs; keys ascend. */
  readonly features: readonly (readonly [number, number])[];
}

export function examplesOf(rows: readonly Row[]): Examples {
  const keys = [...new Set(rows.flatMap(({ features }) => features.map(([key]) => key)))].sort(
    (a, b) => a - b,
  );
  const columnOf = new Map(keys.map((key, column) => [key, column]));
  const entries = rows.flatMap(({ features }) => features);
  const rowStarts = [0];
  for (const { features } of rows) rowStarts.push(rowStarts[rowStarts.length - 1] + features.length);
  const isOnes = entries.every(([, value]) => value === 1);
  return {
    rows: rows.length,
    labels: Int8Array.from(rows, ({ label }) => label),
    rowStarts: Uint32Array.from(rowStarts),
    columns: Uint32Array.from(entries, ([key]) => columnOf.get(key) ?? 0),
    values: isOnes ? undefined : Float64Array.from(entries, ([, value]) => value),
    keys: keyListFromNumbers(keys),
  };
}

/** Row i belongs to share i % slotCount. */
export function sharesOf(rows: readonly Row[], slotCount: number): readonly Examples[] {
  return Array.from({ length: slotCount }, (_, slot) =>
    examplesOf(rows.filter((_row, i) => i % slotCount === slot)),
  );
}

/** Rows whose labels follow a sparse truth, one in ten turned; small keys are frequent. */
export function randomRows(
  rowCount: number,
  keyCount: number,
  seed: number,
  isValued = false,
): readonly Row[] {
  let count = 0;
  const draw = (): number => mix32(seed, count++) * 2 ** -32;
  const truth = Array.from({ length: keyCount }, () => (draw() < 0.3 ? 4 * draw() - 2 : 0));
  return Array.from({ length: rowCount }, () => {
    const chosen = new Set(Array.from({ length: 6 }, () => Math.floor(keyCount * draw() ** 3)));
    const features = [...chosen]
      .sort((a, b) => a - b)
      .map((key) => [key, isValued ? Math.floor(16 * draw() - 8) / 4 : 1] as const);
    const margin = features.reduce((sum, [key, value]) => sum + value * truth[key], 0);
    const isPositive = (margin === 0 ? draw() < 0.5 : margin > 0) !== draw() < 0.1;
    return { label: isPositive ? 1 : -1, features };
  });
}
