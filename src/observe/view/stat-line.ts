/** A cluster in one line of 80 columns: for pipes, small terminals and files. */
import type { ClusterView } from "./cluster-view.ts";

export const statHeader: string =
  "    time  state    view   task  push/s  pull/s   sent/s  lag  wait      objective";

/** Times are since `beginMicros`. */
export function statLine(view: ClusterView, beginMicros: number): string {
  const { header, traffic, slots, convergence, atMicros } = view;
  const lag = slots.reduce((max, slot) => Math.max(max, slot.lag), 0);
  return [
    `${((atMicros - beginMicros) / 1e6).toFixed(2)}s`.padStart(8),
    `  ${stateText(view).padEnd(8)}`,
    String(header.view ?? "-").padStart(5),
    String(header.newestTask?.time ?? "-").padStart(7),
    count(traffic.pushesPerSecond).padStart(8),
    count(traffic.pullsPerSecond).padStart(8),
    bytesText(traffic.sentBytesPerSecond).padStart(9),
    String(lag).padStart(5),
    waitText(view).padStart(6),
    (convergence.newest?.objective.toPrecision(9) ?? "-").padStart(15),
  ].join("");
}

/** The worst that is to be said of it. */
function stateText({ header, nodes }: ClusterView): string {
  if ((header.checks?.violationCount ?? 0) > 0) return "VIOLATED";
  if (header.state !== "running") return header.state;
  const lost = nodes.filter(({ state }) => state === "lost").length;
  if (lost > 0) return `-${lost} node${lost === 1 ? "" : "s"}`;
  return nodes.some(({ state }) => state === "suspected") ? "suspect" : "running";
}

/** Of all slots, in the last seconds. */
function waitText({ slots }: ClusterView): string {
  const working = slots.filter(({ busyShare, waitShare }) => busyShare + waitShare > 0);
  if (working.length === 0) return "-";
  const share = working.reduce((sum, { waitShare }) => sum + waitShare, 0) / working.length;
  return `${Math.round(100 * share)}%`;
}

function count(n: number): string {
  return n < 10_000 ? n.toFixed(0) : `${(n / 1000).toFixed(0)}k`;
}

function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let n = bytes;
  while (n >= 1000 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${n >= 100 || unit === 0 ? n.toFixed(0) : n.toFixed(1)}${units[unit]}`;
}
