/** A cluster in words: the tables of `tauring status`, `ring`, `clocks` and `workers`. */
import { segmentName } from "../core/index.ts";
import type { ClusterView, NodeView, SlotView } from "../observe/index.ts";
import type { ClusterSnapshot } from "./cluster-snapshot.ts";
import { bytesText, duration, percent } from "./figures.ts";
import { table } from "./table.ts";

export type NodeLine = NodeView & {
  readonly address: string | null;
  /** The cluster knows of it, and it cannot be reached from here. */
  readonly isReachable: boolean;
  /** Since it was heard; null: it never was. */
  readonly age_seconds: number | null;
};

/** Those that nothing is known of but their names included. */
export function nodesOf({ view, contacts, members }: ClusterSnapshot): readonly NodeLine[] {
  const named = new Map(view.nodes.map((node) => [node.node, node]));
  const contactOf = new Map<string, (typeof contacts)[number]>(
    contacts.map((contact) => [contact.node, contact]),
  );
  const lines = [...named.values()].map((node) => {
    const contact = contactOf.get(node.node);
    const age = contact?.ageMs ?? null;
    return {
      ...node,
      address: contact?.address ?? null,
      isReachable: contact?.lost === null,
      age_seconds: age === null ? null : age / 1000,
    };
  });
  const gone = new Set(
    members.filter(({ gone: reason }) => reason !== undefined).map(({ node }) => `${node}`),
  );
  return lines.filter(({ node, isReachable }) => isReachable || !gone.has(node));
}

export function statusText(snapshot: ClusterSnapshot): string {
  const { header, traffic, convergence, atMicros } = snapshot.view;
  const { job, consistency, view, lineage, leaders, frontier, newestTask, state, reason } = header;
  const lines: (readonly [string, string])[] = [
    ["job", job === null ? "none yet" : `${job}, ${state}${reason === null ? "" : `: ${reason}`}`],
  ];
  if (consistency !== null) lines.push(["consistency", consistencyText(consistency)]);
  const rolledBack = (lineage ?? 1) > 1 ? ` of lineage ${lineage}: the job was rolled back` : "";
  lines.push(["view", view === null ? "none yet" : `${view}${rolledBack}`]);
  for (const { role, node, term, since } of leaders) {
    lines.push([role, `${node}, term ${term}, for ${duration(Math.max(0, atMicros - since))}`]);
  }
  if (newestTask !== null) {
    lines.push(["tasks", `finished below ${frontier}, issued up to ${newestTask.time} (${newestTask.name})`]);
  }
  const { newest, gap } = convergence;
  if (newest !== null) {
    const gapText = gap === null ? "" : `, gap ${gap.toExponential(2)}`;
    lines.push(["progress", `pass ${newest.pass}, objective ${newest.objective.toPrecision(10)}${gapText}`]);
  }
  const rates = `${traffic.pushesPerSecond.toFixed(0)} pushes/s, ${traffic.pullsPerSecond.toFixed(0)} pulls/s`;
  if (traffic.sentBytes !== null) {
    lines.push([
      "traffic",
      `${rates}, ${bytesText(traffic.sentBytesPerSecond)}/s, ${bytesText(traffic.sentBytes)} in all`,
    ]);
  }
  const words = lines.map(([name, text]) => `${name.padEnd(12)} ${text}`);
  return [...words, "", nodesText(snapshot)].join("\n");
}

export function ringText({ view }: ClusterSnapshot): string {
  const { ring, header } = view;
  if (ring.segments.length === 0)
    return "no view yet: the manager waits for servers (tauring why says for which)";
  const rows = ring.segments.map(({ begin, end, holders, filling, loadShare, keys, pushesPerSecond }) => {
    const [master, ...replicas] = holders;
    return [
      `${percent(begin / 2 ** 32)} to ${percent(end / 2 ** 32)}`,
      master ?? "nobody",
      [...replicas, ...filling.map((node) => `${node} (filling)`)].join(", ") || "-",
      keys === null ? "?" : String(keys),
      percent(loadShare),
      pushesPerSecond.toFixed(0),
      segmentName(begin),
    ];
  });
  const head = ["of the ring", "master", "replicas", "keys", "load", "pushes/s", "segment"];
  const moves = ring.moves.map(({ segment, from, to, since }) => {
    return `segment ${segmentName(segment)} is being copied from ${from} to ${to}, for ${duration(view.atMicros - since)}`;
  });
  return [`view ${header.view}`, table(head, rows), ...moves].join("\n");
}

export function clocksText({ view }: ClusterSnapshot): string {
  const { slots, nodes, header } = view;
  if (slots.length === 0) return "no slots yet: no job was given out";
  const servers = nodes.filter(({ role, clocks }) => role === "server" && clocks.length > 0);
  const rows = slots.map((slot) => [
    String(slot.slot),
    slot.worker ?? "nobody",
    String(slot.clock),
    String(slot.lag),
    ...servers.map(({ clocks }) => String(clocks[slot.slot] ?? -1)),
    slot.waitsFor === null ? slot.state : `waits for ${slot.waitsFor.text}`,
  ]);
  const head = ["slot", "worker", "clock", "lag", ...servers.map(({ node }) => node), "now"];
  const bound = header.consistency === null ? "" : `${consistencyText(header.consistency)}; `;
  const title = `${bound}every task below ${header.frontier} has finished; a server's column is the newest task it has heard of`;
  return [title, table(head, rows)].join("\n");
}

export function workersText({ view }: ClusterSnapshot): string {
  const { slots, atMicros } = view;
  if (slots.length === 0) return "no slots yet: no job was given out";
  const rows = slots.map((slot) => [
    slot.worker ?? "nobody",
    String(slot.slot),
    slot.state,
    duration(Math.max(0, atMicros - slot.since)),
    slot.task === null ? "-" : `${slot.task.time} ${slot.task.name}`,
    String(slot.finished),
    percent(slot.busyShare),
    percent(slot.waitShare),
    waitsText(slot),
  ]);
  const head = ["worker", "slot", "state", "for", "task", "finished", "busy", "waiting", "waits for"];
  return table(head, rows);
}

function nodesText(snapshot: ClusterSnapshot): string {
  const rows = nodesOf(snapshot).map((node) => {
    const { mastered, replicated, filling, traffic, age_seconds, isReachable, address } = node;
    const state = isReachable ? node.state : node.state === "alive" ? "unreachable" : node.state;
    const age = age_seconds === null ? "never heard" : duration(Math.round(age_seconds * 1e6));
    const holds = [`${mastered} mastered`, `${replicated} replicated`, `${filling} filling`];
    return [
      node.incarnation === null ? node.node : `${node.node}#${node.incarnation}`,
      state,
      isReachable ? "now" : age,
      address ?? "-",
      node.role === "server" ? holds.filter((words) => !words.startsWith("0 ")).join(", ") || "nothing" : "-",
      traffic === null ? "?" : `${bytesText(traffic.sentBytesPerSecond)}/s`,
    ];
  });
  return table(["node", "state", "heard", "address", "holds", "sends"], rows);
}

function waitsText({ waitsFor }: SlotView): string {
  return waitsFor === null ? "-" : waitsFor.text;
}

function consistencyText(consistency: NonNullable<ClusterView["header"]["consistency"]>): string {
  return consistency.kind === "bounded" ? `bounded delay, tau ${consistency.tau}` : consistency.kind;
}
