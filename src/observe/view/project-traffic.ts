/** Where the bytes go, and what the filters saved. */
import { filterKinds } from "../../core/index.ts";
import type { TrafficView } from "./cluster-view.ts";
import { type KnownCluster, requestRate } from "./known-cluster.ts";
import { trafficOf } from "./project-nodes.ts";
import { secondsKept } from "./reduce-fact.ts";

export function projectTraffic({ parts, now }: KnownCluster): TrafficView {
  let sentBytes: number | null = null;
  let unfilteredBytes: number | null = null;
  let sentBytesPerSecond = 0;
  const rates = { pushes: 0, pulls: 0 };
  const totals = { pushes: 0, pulls: 0 };
  const saved = filterKinds.map(() => 0);
  for (const part of parts.values()) {
    const { counted } = part;
    if (counted !== null) {
      sentBytes = (sentBytes ?? 0) + counted.sentBytes;
      unfilteredBytes = (unfilteredBytes ?? 0) + counted.unfilteredBytes;
      sentBytesPerSecond += trafficOf(part, now)?.sentBytesPerSecond ?? 0;
      saved.forEach((_, kind) => {
        saved[kind] += counted.savedBytes[kind] ?? 0;
      });
    }
    for (const segment of part.segments) {
      const rate = requestRate(segment, now);
      rates.pushes += rate.pushes;
      rates.pulls += rate.pulls;
      totals.pushes += segment.pushes;
      totals.pulls += segment.pulls;
    }
  }
  const whole = Math.max(1, unfilteredBytes ?? 0);
  return {
    sentBytes,
    sentBytesPerSecond,
    pushesPerSecond: rates.pushes,
    pullsPerSecond: rates.pulls,
    ...totals,
    unfilteredBytes,
    filters: filterKinds.map((kind, i) => ({
      kind,
      savedBytes: saved[i],
      savedShare: saved[i] / whole,
    })),
    history: historyOf([...parts.values()]),
  };
}

function historyOf(
  parts: readonly { readonly second: number; readonly sentBySecond: readonly number[] }[],
): TrafficView["history"] {
  const counting = parts.filter(({ sentBySecond }) => sentBySecond.length > 0);
  if (counting.length === 0) return [];
  const last = Math.max(...counting.map(({ second }) => second));
  const first = Math.max(
    last - secondsKept + 1,
    Math.min(...counting.map(({ second, sentBySecond }) => second - sentBySecond.length + 1)),
  );
  const sums = Array.from({ length: last - first + 1 }, () => 0);
  for (const { second, sentBySecond } of counting) {
    sentBySecond.forEach((bytes, i) => {
      const at = second - sentBySecond.length + 1 + i - first;
      if (at >= 0) sums[at] += bytes;
    });
  }
  return sums.map((sent, i) => ({ second: first + i, sentBytes: sent }));
}
