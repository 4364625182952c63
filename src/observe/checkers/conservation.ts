/**
 * X5: a value is what was pushed, no more and no less. Rows of provenance parameters are additive hashes of push
 * identities, exact in float64, so that each pull says which pushes it contains; they are compared bit for bit with
 * the sum of what was applied up to the state that the pull names.
 */
import type { Observation, Token } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Report } from "./checker.ts";
import { LedgerChecker } from "./exactly-once.ts";
import { placeName, tokenName } from "./identity.ts";
import type { Line, Seal } from "./lines.ts";
import type { PushRecord } from "./push-ledger.ts";

type PartPulled = Extract<Observation, { readonly type: "part-pulled" }>;

/** Sums of one key's rows after each entry of a segment that changed it, in order of the entries' indices. */
interface History {
  readonly segment: number;
  readonly indices: number[];
  readonly sums: (readonly number[])[];
  /** Older sums are not kept. */
  hasForgotten: boolean;
}

/** A key is only ever read from its own segment, but a push does not say which: it is learnt from the first read. */
interface Key {
  /** Until then. */
  pushes: { readonly record: PushRecord; readonly row: readonly number[] }[];
  readonly histories: History[];
}

/** Sums of a key; reads are never so far behind. */
const sumsKeptMax = 1024;

export class Conservation extends LedgerChecker {
  readonly id = "X5";
  readonly promise = "a pulled value is the sum of the pushes applied up to the state that it names";
  readonly reads = ["push-invoked", "applied", "segment-sealed", "part-pulled"] as const;
  /** The keys that a push has rows for, for as long as the ledger keeps it. */
  private readonly keysOf = new WeakMap<PushRecord, readonly Key[]>();
  /** By parameter. */
  private readonly keys = new Map<number, Map<string, Key>>();

  observe({ fact }: Fact, report: Report): void {
    switch (fact.type) {
      case "push-invoked":
        return this.invoked(fact.push.parameter, this.ledger.get(fact.push));
      case "applied":
        for (const { record, isVoid } of this.ledger.applications) {
          if (!isVoid) this.applied(record, fact.segment, fact.token.index);
        }
        return;
      case "segment-sealed":
        return this.sealed(fact.parameter, fact.segment, fact);
      case "part-pulled": {
        if (fact.provenance === undefined) return;
        const { keys, rows } = fact.provenance;
        for (let j = 0; j < keys.length; j++) this.pulled(fact, keys[j], rows[j], report);
        return;
      }
    }
  }

  private invoked(parameter: number, record: PushRecord | undefined): void {
    if (record?.provenance === undefined || this.keysOf.has(record)) return;
    const { keys, rows } = record.provenance;
    const known = keys.map((key) => this.key(parameter, key));
    this.keysOf.set(record, known);
    for (let j = 0; j < known.length; j++) {
      const { pushes, histories } = known[j];
      if (histories.length === 0) pushes.push({ record, row: rows[j] });
    }
  }

  private applied(record: PushRecord, segment: number, index: number): void {
    const keys = this.keysOf.get(record);
    const rows = record.provenance?.rows;
    if (keys === undefined || rows === undefined) return;
    for (let j = 0; j < keys.length; j++) {
      const history = historyOf(keys[j], segment);
      if (history !== undefined) append(history, index, rows[j]);
    }
  }

  /** What lies beyond the seal of the newest view was never committed. */
  private sealed(parameter: number, segment: number, { view, token }: Pick<Seal, "view" | "token">): void {
    if (this.lines.of(parameter, segment).view !== view) return;
    for (const key of this.keys.get(parameter)?.values() ?? []) {
      const history = historyOf(key, segment);
      if (history === undefined) continue;
      const { indices, sums } = history;
      while (indices.length > 0 && indices[indices.length - 1] > token.index) {
        indices.pop();
        sums.pop();
      }
    }
  }

  private pulled(fact: PartPulled, name: string, row: readonly number[], report: Report): void {
    const { parameter, segment, slot, time, op, token } = fact;
    const line = this.lines.of(parameter, segment);
    if (line.lostUpTo > 0) return;
    const key = this.key(parameter, name);
    const history = historyOf(key, segment) ?? begin(key, segment, line);
    if (history.hasForgotten && token.index < history.indices[0]) return;
    report.evaluated();
    if (line.isVoid(token)) {
      return report.violated(
        `slot ${slot} at ${time}/${op} pulled state ${tokenName(token)} of ${placeName(parameter, segment)}, which is in no history`,
      );
    }
    const expected = sumAt(history, token.index);
    let isSame = true;
    for (let c = 0; c < row.length; c++) if (row[c] !== (expected?.[c] ?? 0)) isSame = false;
    if (isSame) return;
    const sum = expected ?? row.map(() => 0);
    report.violated(
      `slot ${slot} at ${time}/${op} pulled [${row.join(", ")}] for key ${name} of ` +
        `${placeName(parameter, segment)} in state ${tokenName(token)}; the pushes applied up to there add up to ` +
        `[${sum.join(", ")}]`,
    );
  }

  private key(parameter: number, name: string): Key {
    let keys = this.keys.get(parameter);
    if (keys === undefined) {
      keys = new Map();
      this.keys.set(parameter, keys);
    }
    let key = keys.get(name);
    if (key === undefined) {
      key = { pushes: [], histories: [] };
      keys.set(name, key);
    }
    return key;
  }
}

function historyOf(key: Key, segment: number): History | undefined {
  for (const history of key.histories) if (history.segment === segment) return history;
  return undefined;
}

/** The key was read from the segment for the first time: its history is made of what was applied there before. */
function begin(key: Key, segment: number, line: Line): History {
  const history: History = { segment, indices: [], sums: [], hasForgotten: false };
  const entries: { readonly index: number; readonly row: readonly number[] }[] = [];
  for (const { record, row } of key.pushes) {
    for (const token of applicationsAt(record, segment)) {
      if (!line.isVoid(token)) entries.push({ index: token.index, row });
    }
  }
  entries.sort((a, b) => a.index - b.index);
  for (const { index, row } of entries) append(history, index, row);
  key.histories.push(history);
  key.pushes = [];
  return history;
}

function applicationsAt({ segments, tokens, stray }: PushRecord, segment: number): readonly Token[] {
  const found = stray.filter((one) => one.segment === segment).map(({ token }) => token);
  const token = tokens[segments.indexOf(segment)];
  return token === undefined ? found : [token, ...found];
}

function append(history: History, index: number, row: readonly number[]): void {
  const { indices, sums } = history;
  if (indices.length === 2 * sumsKeptMax) {
    indices.splice(0, sumsKeptMax);
    sums.splice(0, sumsKeptMax);
    history.hasForgotten = true;
  }
  indices.push(index);
  if (sums.length === 0) {
    sums.push(row);
    return;
  }
  const before = sums[sums.length - 1];
  const sum: number[] = [];
  for (let c = 0; c < row.length; c++) sum.push(before[c] + row[c]);
  sums.push(sum);
}

/** Undefined: nothing was applied up to there. */
function sumAt({ indices, sums }: History, index: number): readonly number[] | undefined {
  let low = 0;
  let high = indices.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (indices[middle] <= index) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? undefined : sums[low - 1];
}
