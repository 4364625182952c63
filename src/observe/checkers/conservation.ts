/**
 * X5: a value is what was pushed, no more and no less. Rows of provenance parameters are additive hashes of push
 * identities, exact in float64, so that each pull says which pushes it contains; they are compared bit for bit with
 * the sum of what was applied up to the state that the pull names.
 */
import type { Observation, Provenance, PushIdentity } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import { PushMap, segmentName, tokenName } from "./identity.ts";

type Applied = Extract<Observation, { readonly type: "applied" }>;
type PartPulled = Extract<Observation, { readonly type: "part-pulled" }>;

/** A push, with the key histories that it may enter; `indices[i]` is its entry's in `segments[i]`. */
interface Pushed {
  readonly rows: Provenance["rows"];
  readonly keys: readonly Key[];
  readonly segments: number[];
  readonly indices: number[];
}

/** Sums of one key's rows after each entry of a segment that changed it, in order of the entries' indices. */
interface History {
  readonly segment: number;
  readonly indices: number[];
  readonly sums: (readonly number[])[];
}

/** A key is only ever read from its own segment, but a push does not say which: it is learnt from the first read. */
interface Key {
  readonly pushes: { readonly pushed: Pushed; readonly row: number }[];
  readonly histories: History[];
}

export class Conservation implements Checker {
  readonly id = "X5";
  readonly promise = "a pulled value is the sum of the pushes applied up to the state that it names";
  readonly reads = ["push-invoked", "applied", "part-pulled"] as const;
  private readonly pushed = new PushMap<Pushed>();
  /** By parameter. */
  private readonly keys = new Map<number, Map<string, Key>>();

  observe({ fact }: Fact, report: Report): void {
    if (fact.type === "push-invoked") {
      if (fact.provenance !== undefined) this.invoked(fact.push, fact.provenance);
    } else if (fact.type === "applied") {
      for (let i = 0; i < fact.slots.length; i++) this.applied(fact, i);
    } else if (fact.type === "part-pulled" && fact.provenance !== undefined) {
      const { keys, rows } = fact.provenance;
      for (let j = 0; j < keys.length; j++) this.pulled(fact, keys[j], rows[j], report);
    }
  }

  finish(): void {}

  /** A repeat of the same push counts as the same: its rows are a function of its identity. */
  private invoked(push: PushIdentity, { keys, rows }: Provenance): void {
    if (this.pushed.get(push) !== undefined) return;
    const known = keys.map((key) => this.key(push.parameter, key));
    const pushed: Pushed = { rows, keys: known, segments: [], indices: [] };
    this.pushed.set(push, pushed);
    for (let row = 0; row < known.length; row++) known[row].pushes.push({ pushed, row });
  }

  private applied({ parameter, segment, token, time, op, slots }: Applied, i: number): void {
    const pushed = this.pushed.get({ parameter, slot: slots[i], time, op });
    if (pushed === undefined) return;
    pushed.segments.push(segment);
    pushed.indices.push(token.index);
    for (let row = 0; row < pushed.keys.length; row++) {
      const history = historyOf(pushed.keys[row], segment);
      if (history !== undefined) append(history, token.index, pushed.rows[row]);
    }
  }

  private pulled(fact: PartPulled, name: string, row: readonly number[], report: Report): void {
    report.evaluated();
    const { parameter, segment, slot, time, op, token } = fact;
    const key = this.key(parameter, name);
    const history = historyOf(key, segment) ?? begin(key, segment);
    const expected = sumAt(history, token.index);
    let isSame = true;
    for (let c = 0; c < row.length; c++) if (row[c] !== (expected?.[c] ?? 0)) isSame = false;
    if (isSame) return;
    const sum = expected ?? row.map(() => 0);
    report.violated(
      `slot ${slot} at ${time}/${op} pulled [${row.join(", ")}] for key ${name} of ` +
        `${segmentName(parameter, segment)} in state ${tokenName(token)}; the pushes applied up to there add up to ` +
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
function begin(key: Key, segment: number): History {
  const history: History = { segment, indices: [], sums: [] };
  const entries: { readonly index: number; readonly row: readonly number[] }[] = [];
  for (const { pushed, row } of key.pushes) {
    for (let i = 0; i < pushed.segments.length; i++) {
      if (pushed.segments[i] === segment) entries.push({ index: pushed.indices[i], row: pushed.rows[row] });
    }
  }
  entries.sort((a, b) => a.index - b.index);
  for (const { index, row } of entries) append(history, index, row);
  key.histories.push(history);
  return history;
}

function append({ indices, sums }: History, index: number, row: readonly number[]): void {
  const before = sums.at(-1);
  indices.push(index);
  sums.push(before === undefined ? row : row.map((value, c) => before[c] + value));
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
