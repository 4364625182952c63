/**
 * What a lineage begins with, where it is a checkpoint (docs/protocol.md 13): a server reads the parts that have keys of its
 * segments, whatever segments they were saved from.
 */
import type { CheckpointAnswer } from "../checkpoint/checkpoint-files.ts";
import { type Manifest, type ManifestPart, partsOver } from "../checkpoint/manifest.ts";
import { decodePart, type Part } from "../checkpoint/part.ts";
import { readManifest } from "../checkpoint/read-manifest.ts";
import type { NodeId, TaskTime } from "../ids.ts";
import { keyList, lowerBound } from "../keys/key-list.ts";
import type { KeyRange } from "../keys/key-range.ts";
import type { ParameterSpec } from "../parameter.ts";
import { segmentRange } from "../ring/ring.ts";
import type { View } from "../ring/view.ts";
import type { Shell } from "../shell.ts";
import { placeOf } from "./chain/place.ts";
import type { SegmentStore } from "../store/segment-store.ts";

export interface Wanted {
  /** The segment's. */
  readonly name: number;
  readonly spec: ParameterSpec;
  readonly range: KeyRange;
}

/** Invariant: `read` is called once for each time that all that was wanted has come. */
export class Restoring {
  readonly checkpoint: string;
  private readonly shell: Shell;
  private readonly read: () => void;
  private manifest: Manifest | undefined;
  private readonly parts: Map<number, readonly Part[]> = new Map();
  private readonly asked: Set<number> = new Set();

  constructor(shell: Shell, checkpoint: string, read: () => void) {
    this.shell = shell;
    this.checkpoint = checkpoint;
    this.read = read;
    readManifest(shell, checkpoint, (manifest) => {
      this.manifest = manifest;
      read();
    });
  }

  /** Every task below has finished. */
  get first(): TaskTime {
    return (this.manifest?.pass.first ?? 0) as TaskTime;
  }

  /** False: they are being read, and `read` will be called. */
  has(wanted: readonly Wanted[]): boolean {
    const { manifest } = this;
    if (manifest === undefined) return false;
    for (const one of wanted) if (!this.asked.has(one.name)) this.ask(manifest, one);
    return wanted.every(({ name }) => this.parts.has(name));
  }

  /** What was wanted, once. */
  take(name: number): readonly Part[] {
    const parts = this.parts.get(name) ?? [];
    this.parts.delete(name);
    this.asked.delete(name);
    return parts;
  }

  private ask(manifest: Manifest, wanted: Wanted): void {
    this.asked.add(wanted.name);
    const listed = partsOver(manifest, wanted.spec.name, wanted.range);
    if (typeof listed === "string") return this.fail(listed);
    const found: Part[] = [];
    const came = (): void => {
      if (found.length < listed.length) return;
      this.parts.set(wanted.name, found);
      this.read();
    };
    if (listed.length === 0) {
      this.parts.set(wanted.name, found);
      return;
    }
    for (const part of listed) {
      const { bytes, sha256 } = part;
      this.shell.checkpoints(
        { type: "read-part", checkpoint: this.checkpoint, part: part.part, written: { bytes, sha256 } },
        (answer) => {
          const decoded = decode(answer, part, wanted.spec);
          if (typeof decoded === "string") return this.fail(`part ${part.part}: ${decoded}`);
          found.push(decoded);
          came();
        },
      );
    }
  }

  private fail(reason: string): void {
    this.shell.fail(`checkpoint ${this.checkpoint} cannot be restored: ${reason}`);
  }
}

/** Every segment that the view gives to this server whole. */
export function wantedOf(
  view: View,
  specs: readonly ParameterSpec[],
  self: { readonly id: NodeId; readonly incarnation: number },
): readonly Wanted[] {
  return view.segments.flatMap(({ begin }, index) => {
    const place = placeOf(view, index, self);
    if (place === undefined || place.at >= place.fullCount) return [];
    return specs.map((spec, parameter) => {
      return { name: parameter * 2 ** 32 + begin, spec, range: segmentRange(spec, view, index) };
    });
  });
}

/**
 * Puts in the rows that are in the store's range. A scalar is the greatest of those of all parts that share keys with the
 * segment: parameters keep in them what holds for a segment wherever it is cut.
 */
export function restoreInto(store: SegmentStore, parts: readonly Part[]): void {
  const { begin, end } = store.range;
  parts.forEach(({ pairs, columns, scalars }, nth) => {
    const from = lowerBound(pairs, begin);
    const to = end >= 1n << 64n ? pairs.length / 2 : lowerBound(pairs, end);
    const keys = keyList(pairs.slice(2 * from, 2 * to));
    const positions = store.positionsOf(keys, "insert");
    store.overwrite(
      positions,
      columns.map((column) => column.subarray(from, to)),
    );
    for (let i = 0; i < scalars.length; i++) {
      store.scalars[i] = nth === 0 ? scalars[i] : Math.max(store.scalars[i], scalars[i]);
    }
  });
}

function decode(answer: CheckpointAnswer, part: ManifestPart, spec: ParameterSpec): Part | string {
  if ("reason" in answer) return answer.reason;
  if (answer.type !== "read-part") return `it was answered by "${answer.type}"`;
  const decoded = decodePart(answer.bytes, spec);
  if (typeof decoded === "string") return decoded;
  const { begin, end } = decoded.range;
  if (String(begin) === part.begin && String(end) === part.end) return decoded;
  return `it has keys [${begin}, ${end}), where the manifest says [${part.begin}, ${part.end})`;
}
