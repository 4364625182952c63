/** The large job: generated data, made once and kept in the system's temporary folder (data/synthetic-1.json). */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { root, tauring } from "./tauring.ts";

export interface SyntheticRecord {
  readonly options: {
    readonly rows: number;
    readonly features: number;
    readonly nonzeros: number;
    readonly seed: string;
  };
  readonly sha256: string;
  readonly lambda: number;
  readonly optimum: number;
}

export function syntheticRecord(): SyntheticRecord {
  return JSON.parse(readFileSync(join(root, "data/synthetic-1.json"), "utf8")) as SyntheticRecord;
}

/** The path of a job file on that data. The data is what the record says, or this throws. */
export async function syntheticJob(record: SyntheticRecord): Promise<string> {
  const folder = join(tmpdir(), "tauring-bench");
  mkdirSync(folder, { recursive: true });
  const { rows, features, nonzeros, seed } = record.options;
  const data = join(folder, `synthetic-${record.sha256.slice(0, 16)}.svm`);
  const sizes = ["--rows", rows, "--features", features, "--nonzeros", nonzeros, "--seed", seed].map(String);
  if (!existsSync(data)) await tauring(["data", "synthetic", data, ...sizes]);
  const hash = createHash("sha256");
  await pipeline(createReadStream(data, { highWaterMark: 1 << 20 }), hash);
  const sha256 = hash.digest("hex");
  if (sha256 !== record.sha256) {
    throw new Error(`${data} has sha256 ${sha256}, not ${record.sha256}: remove it, and it is made again`);
  }
  const path = join(folder, "synthetic-1.yaml");
  writeFileSync(path, jobText(record, data));
  return path;
}

function jobText({ options, lambda, optimum }: SyntheticRecord, data: string): string {
  return `schema: tauring.job/1
name: synthetic-1
application: linear
data: { train: ${JSON.stringify(data)}, features: ${options.features} }
cluster: { servers: 2, workers: 2 }
consistency: { kind: bounded, tau: 4 }
filters: { push: [kkt, key-caching, snappy], pull: [kkt, key-caching, snappy] }
solver: dbpg
lambda: ${lambda}
stop: { gap: 1.0e-6, reference: ${optimum}, passesMax: 300 }
`;
}
