/** From a fault that waited to one that happens: its times count from now, and its nodes have names. */
import type { NodeId } from "../../core/index.ts";
import type { Endpoint, Fault, Target } from "./fault.ts";

type Who = (target: Target) => NodeId | undefined;

/** Undefined where nobody is who it is meant for. */
export function bindFault(fault: Fault<Target>, now: number, who: Who): Fault | undefined {
  const at = now + fault.at;
  switch (fault.kind) {
    case "cut":
    case "link": {
      const from = endpoints(fault.from, who);
      const to = endpoints(fault.to, who).filter((end) => !from.includes(end));
      if (from.length === 0 || to.length === 0) return undefined;
      return { ...fault, from, to, at, until: now + fault.until };
    }
    case "abandon":
    case "submit":
    case "heal-all":
      return { ...fault, at };
    case "core": {
      const nodes = fault.nodes.flatMap((target) => who(target) ?? []);
      return nodes.length === 0 ? undefined : { ...fault, nodes: [...new Set(nodes)], at };
    }
    default: {
      const node = who(fault.node);
      return node === undefined ? undefined : bindToNode(fault, node, now);
    }
  }
}

function bindToNode(
  fault: Exclude<
    Fault<Target>,
    { readonly kind: "cut" | "link" | "abandon" | "submit" | "heal-all" | "core" }
  >,
  node: NodeId,
  now: number,
): Fault {
  const at = now + fault.at;
  switch (fault.kind) {
    case "crash":
      return { ...fault, node, at, restartAt: later(fault.restartAt, now) };
    case "preempt":
      return { ...fault, node, at, killAt: later(fault.killAt, now) };
    case "join":
    case "decommission":
    case "clock":
      return { ...fault, node, at };
    default:
      return { ...fault, node, at, until: now + fault.until };
  }
}

function later(time: number | undefined, by: number): number | undefined {
  return time === undefined ? undefined : time + by;
}

function endpoints(ends: readonly Endpoint<Target>[], who: Who): readonly Endpoint[] {
  const found = ends.flatMap((end): readonly Endpoint[] => {
    if (end === "registry") return ["registry"];
    const node = who(end);
    return node === undefined ? [] : [node];
  });
  return [...new Set(found)];
}
