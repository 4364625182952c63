/** Where the data of a job is, and what is accepted: plain data, so that it travels inside a job. */

export const dataFormats = ["libsvm", "criteo"] as const;
export type DataFormat = (typeof dataFormats)[number];

export interface DataLimits {
  /** Largest feature index of libsvm text. */
  readonly featureMax: number;
  /** Longest line. */
  readonly lineBytesMax: number;
  /** Rows of one share. */
  readonly rowsMax: number;
  /** Non-zeros of one share. */
  readonly nonzerosMax: number;
}

export const defaultDataLimits: DataLimits = {
  featureMax: Number.MAX_SAFE_INTEGER,
  lineBytesMax: 16 * 1024 * 1024,
  rowsMax: 2 ** 31 - 1,
  nonzerosMax: 2 ** 31 - 1,
};

export interface DataSource extends Partial<DataLimits> {
  /** Read one after the other, as if they were one file. */
  readonly paths: readonly string[];
  readonly format: DataFormat;
  /** What a bad line does: ends the load with its place, or is counted and left out. */
  readonly badLines: "fail" | "skip";
  /** Values of libsvm text are multiples of 2^-20 below this, so that sums of them are exact; undefined: any finite numbers. */
  readonly exactValuesBelow?: number;
}

/** Which rows of the source are loaded: row `i` where `i % slotCount === slot`. */
export interface ShareIndex {
  readonly slot: number;
  readonly slotCount: number;
}

/** Checks what came from a job file or over the network; the error names the field, its value and what would do. */
export function checkDataSource(value: unknown): DataSource {
  const source = value as Readonly<Record<string, unknown>>;
  if (typeof value !== "object" || value === null) fail("source", value, "an object");
  const { paths, format, badLines } = source;
  if (!Array.isArray(paths) || paths.length === 0 || !paths.every((path) => typeof path === "string")) {
    fail("paths", paths, "a list of at least one path");
  }
  if (!dataFormats.includes(format as DataFormat)) fail("format", format, dataFormats.join(" or "));
  if (badLines !== "fail" && badLines !== "skip") fail("badLines", badLines, "fail or skip");
  const { exactValuesBelow: below } = source;
  if (below !== undefined && !(typeof below === "number" && below > 0 && below < Infinity)) {
    fail("exactValuesBelow", below, "a positive number");
  }
  for (const name of Object.keys(defaultDataLimits) as (keyof DataLimits)[]) {
    const limit = source[name];
    const max = defaultDataLimits[name];
    if (limit === undefined) continue;
    if (!Number.isSafeInteger(limit) || (limit as number) < 1 || (limit as number) > max) {
      fail(name, limit, `an integer from 1 to ${max}`);
    }
  }
  return value as DataSource;
}

export function checkShareIndex({ slot, slotCount }: ShareIndex): void {
  if (!Number.isSafeInteger(slotCount) || slotCount < 1) fail("slotCount", slotCount, "an integer from 1");
  if (!Number.isSafeInteger(slot) || slot < 0 || slot >= slotCount) {
    fail("slot", slot, `an integer from 0 to ${slotCount - 1}`);
  }
}

function fail(field: string, value: unknown, expected: string): never {
  throw new Error(`data.${field}: expected ${expected}, found ${JSON.stringify(value) ?? String(value)}`);
}
