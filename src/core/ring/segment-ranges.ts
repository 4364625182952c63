/**
 * The key ranges of a view's segments, and which of them ranges meet: found once a view, as to divide 64-bit keys for
 * every message would cost more than the rest of it.
 */
import { type KeyRange, sameRange } from "../keys/key-range.ts";
import type { ParameterSpec } from "../parameter.ts";
import { segmentRange, segmentsMeeting } from "./ring.ts";
import type { View } from "./view.ts";

interface OfParameter {
  /** By index of the segment in the view. */
  readonly ranges: readonly KeyRange[];
  /** (low, high) words of where each ends; high may be 2^32. */
  readonly ends: readonly number[];
  /** What was asked last: a job's tasks write the same ranges, or go round a few. */
  met: Met[];
}

interface Met {
  readonly ranges: readonly KeyRange[];
  readonly indices: readonly number[];
}

const metMax = 64;

export class SegmentRanges {
  private readonly specs: readonly ParameterSpec[];
  private readonly view: View;
  private readonly parameters: Map<number, OfParameter> = new Map();

  constructor(specs: readonly ParameterSpec[], view: View) {
    this.specs = specs;
    this.view = view;
  }

  /** The keys of a segment of the view. */
  at(parameter: number, index: number): KeyRange {
    return this.of(parameter).ranges[index];
  }

  /** Where each segment's keys end, as (low, high) words; the high one may be 2^32. */
  ends(parameter: number): readonly number[] {
    return this.of(parameter).ends;
  }

  /** Indices of the segments that have keys of one of the ranges, ascending. */
  meeting(parameter: number, ranges: readonly KeyRange[]): readonly number[] {
    const of = this.of(parameter);
    for (const met of of.met) if (areSame(met.ranges, ranges)) return met.indices;
    const indices = new Set<number>();
    for (const range of ranges) {
      for (const index of segmentsMeeting(this.specs[parameter], this.view, range)) indices.add(index);
    }
    const met: Met = { ranges, indices: [...indices].sort((a, b) => a - b) };
    if (of.met.length === metMax) of.met = [];
    of.met.push(met);
    return met.indices;
  }

  private of(parameter: number): OfParameter {
    const known = this.parameters.get(parameter);
    if (known !== undefined) return known;
    const { specs, view } = this;
    const ranges = view.segments.map((_, index) => segmentRange(specs[parameter], view, index));
    const ends = ranges.flatMap(({ end }) => [Number(end & 0xffff_ffffn), Number(end >> 32n)]);
    const of: OfParameter = { ranges, ends, met: [] };
    this.parameters.set(parameter, of);
    return of;
  }
}

function areSame(a: readonly KeyRange[], b: readonly KeyRange[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameRange(a[i], b[i])) return false;
  return true;
}
