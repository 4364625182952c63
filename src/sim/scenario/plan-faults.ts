/** From faults as they are written to those that the world does: one may be several. */
import { isNodeId, type NodeId, nodeId, shuffled } from "../../core/index.ts";
import type { AwaitedFault, Endpoint, Fault, Target, Trigger } from "../world/fault.ts";
import { bindFault } from "../world/bind-fault.ts";
import type { WrittenFault, WrittenTrigger } from "./fault-fields.ts";
import { registryName } from "./names.ts";

export interface PlannedFaults {
  readonly faults: readonly Fault[];
  readonly awaited: readonly AwaitedFault[];
}

/** The nodes that join, in the order in which they are written. */
export function joinersOf(faults: readonly WrittenFault[]): readonly NodeId[] {
  return faults.flatMap((one) => (one.kind === "join" ? [nodeId(one.node)] : []));
}

export function planFaults(written: readonly WrittenFault[], seed: string): PlannedFaults {
  const faults: Fault[] = [];
  const awaited: AwaitedFault[] = [];
  written.forEach((one, index) => {
    for (const fault of partsOf(one, index, `${seed}/faults/${index}`)) {
      const named = one.at === undefined ? undefined : bindFault(fault, one.at, nameOf);
      if (named !== undefined && !isAwaited(one)) faults.push(named);
      else awaited.push({ index, when: one.at ?? triggerOf(one.on as WrittenTrigger), fault });
    }
  });
  return { faults, awaited };
}

/** The same where nothing is known beforehand, as on real processes: each waits, and is missed where it does not come. */
export function awaitedFaults(written: readonly WrittenFault[], seed: string): readonly AwaitedFault[] {
  return written.flatMap((one, index) =>
    partsOf(one, index, `${seed}/faults/${index}`).map((fault) => ({
      index,
      when: one.at ?? triggerOf(one.on as WrittenTrigger),
      fault,
    })),
  );
}

/** Does it wait for a fact, or for who somebody is then? */
function isAwaited(one: WrittenFault): boolean {
  return one.on !== undefined || targetsOf(one).some((target) => target.startsWith("@"));
}

/** Every node that a fault names. */
export function targetsOf(one: WrittenFault): readonly Target[] {
  switch (one.kind) {
    case "cut":
    case "clog":
    case "link":
      return [...one.from, ...one.to];
    case "partition":
      return one.groups.flat();
    case "swizzle":
      return [...one.nodes, ...one.others];
    case "preempt":
      return [...(one.node === undefined ? [] : [one.node]), ...(one.nodes ?? [])];
    case "core":
      return one.nodes;
    case "abandon":
    case "submit":
    case "heal-all":
      return [];
    default:
      return [one.node];
  }
}

function nameOf(target: Target): NodeId | undefined {
  return isNodeId(target) ? target : undefined;
}

function triggerOf({ fact, node, where, nth, after, from, until }: WrittenTrigger): Trigger {
  return { fact, node, where, nth, afterMicros: after, fromMicros: from, untilMicros: until };
}

/** As if it began at 0. */
function partsOf(one: WrittenFault, index: number, draws: string): readonly Fault<Target>[] {
  switch (one.kind) {
    case "crash":
      return [
        {
          kind: "crash",
          node: one.node,
          at: 0,
          restartAt: one.restart,
          losesWrites: one.writes === "lost",
          version: one.version,
        },
      ];
    case "crash-loop":
      return Array.from({ length: one.times }, (_, i) => {
        const at = i * (one.up + one.down);
        return {
          kind: "crash",
          node: one.node,
          at,
          restartAt: at + one.down,
          losesWrites: false,
          version: undefined,
        };
      });
    case "pause":
      return [{ kind: "pause", node: one.node, at: 0, until: one.for, wakes: one.wakes }];
    case "join":
      return [{ kind: "join", node: one.node, at: 0, version: one.version }];
    case "leave":
      return [{ kind: "preempt", node: one.node, at: 0, killAt: undefined }];
    case "decommission":
      return [{ kind: "decommission", node: one.node, at: 0 }];
    case "preempt":
      return preemptions(one);
    case "slow":
      return [{ kind: "slow", node: one.node, at: 0, until: one.for, factor: one.factor }];
    case "clock":
      return clockChanges(one);
    case "nic": {
      const speed = { egressBytesPerSecond: one.egress, ingressBytesPerSecond: one.ingress };
      return [{ kind: "nic", node: one.node, at: 0, until: one.for, ...speed }];
    }
    case "disk":
      return [
        {
          kind: "disk",
          node: one.node,
          at: 0,
          until: one.for,
          trouble: { what: one.what, micros: one.by ?? 0 },
        },
      ];
    case "memory": {
      const cap = { bytesMax: one.bytes, restartMicros: one.restart };
      return [{ kind: "memory", node: one.node, at: 0, until: one.for, ...cap }];
    }
    case "heal-all":
      return [{ kind: "heal-all", at: 0, index }];
    case "core":
      return [{ kind: "core", nodes: one.nodes, at: 0, index, withinMicros: one.within }];
    case "abandon":
    case "submit":
      return [{ kind: one.kind, at: 0 }];
    default:
      return linkFaults(one, draws);
  }
}

type OnLinks = Extract<WrittenFault, { readonly kind: "cut" | "partition" | "clog" | "swizzle" | "link" }>;

function linkFaults(one: OnLinks, draws: string): readonly Fault<Target>[] {
  const until = one.for;
  switch (one.kind) {
    case "cut": {
      const isBothWays = one.how === "both";
      return [
        { kind: "cut", from: ends(one.from), to: ends(one.to), isBothWays, mode: one.mode, at: 0, until },
      ];
    }
    case "partition": {
      const groups = one.groups.map(ends);
      return groups.flatMap((to, i) =>
        groups
          .slice(0, i)
          .map(
            (from) => ({ kind: "cut", from, to, isBothWays: true, mode: one.mode, at: 0, until }) as const,
          ),
      );
    }
    case "swizzle":
      return swizzle(one, draws);
    case "clog": {
      const change = { ...unchanged, delay: { kind: "constant", value: one.delay } } as const;
      const isBothWays = one.how === "both";
      return [{ kind: "link", from: ends(one.from), to: ends(one.to), isBothWays, change, at: 0, until }];
    }
    case "link": {
      const { delay, loss, duplicate, reorder, reset } = one;
      const change = { delay, loss, duplicate, reorder, reset };
      const isBothWays = one.how === "both";
      return [{ kind: "link", from: ends(one.from), to: ends(one.to), isBothWays, change, at: 0, until }];
    }
    default:
      throw new Error(`Invariant: no such fault: ${JSON.stringify(one satisfies never)}`);
  }
}

const unchanged = {
  delay: undefined,
  loss: undefined,
  duplicate: undefined,
  reorder: undefined,
  reset: undefined,
};

/** Cut off one by one in the first half, and back one by one in the second. */
function swizzle(
  { nodes, others, for: length }: Extract<WrittenFault, { readonly kind: "swizzle" }>,
  draws: string,
): readonly Fault<Target>[] {
  const back = shuffled(nodes.length, draws);
  const pace = length / 2 / nodes.length;
  return nodes.map((node, i) => ({
    kind: "cut",
    from: [node],
    to: ends(others.filter((other) => other !== node)),
    isBothWays: true,
    mode: "drop",
    at: Math.round(i * pace),
    until: Math.round(length / 2 + (back[i] + 1) * pace),
  }));
}

/** A notice of nothing is none; one that is a lie kills nobody, or somebody earlier or later. */
function preemptions({
  node,
  nodes = [],
  notice,
  kill = notice,
}: Extract<WrittenFault, { readonly kind: "preempt" }>): readonly Fault<Target>[] {
  const killAt = kill === "never" ? undefined : kill;
  const who = node === undefined ? nodes : [node, ...nodes];
  return who.map((one) =>
    notice === 0 && killAt === 0
      ? { kind: "crash", node: one, at: 0, restartAt: undefined, losesWrites: false, version: undefined }
      : { kind: "preempt", node: one, at: 0, killAt },
  );
}

function clockChanges({
  node,
  step = 0,
  drift = 0,
  freeze,
}: Extract<WrittenFault, { readonly kind: "clock" }>): readonly Fault<Target>[] {
  const stepMicros = Math.round(step);
  if (freeze === undefined) return [{ kind: "clock", node, at: 0, stepMicros, drift }];
  return [
    { kind: "clock", node, at: 0, stepMicros, drift: -1 },
    { kind: "clock", node, at: Math.round(freeze), stepMicros: 0, drift },
  ];
}

function ends(names: readonly string[]): readonly Endpoint<Target>[] {
  return names.map((name) => (name === registryName ? registryName : name));
}
