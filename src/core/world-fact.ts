/** What the world does to a node, which does not see it: `world` says it. */
import type { NodeId } from "./ids.ts";

export type WorldFact =
  | { readonly type: "node-crashed"; readonly peer: NodeId }
  /** Again, after a crash or an eviction, or for the first time where it joined. */
  | { readonly type: "node-launched"; readonly peer: NodeId; readonly life: number }
  | { readonly type: "node-paused"; readonly peer: NodeId }
  | { readonly type: "node-resumed"; readonly peer: NodeId }
  /** `killAt`: when it is taken away at the latest, in microseconds; undefined: never. */
  | { readonly type: "node-asked-to-leave"; readonly peer: NodeId; readonly killAt: number | undefined }
  /** The acting manager has marked it as gone for good: nobody may come back under its name. */
  | { readonly type: "node-decommissioned"; readonly peer: NodeId }
  /** What it computes takes so many times as long; 1: no more. */
  | { readonly type: "node-slowed"; readonly peer: NodeId; readonly factor: number }
  | { readonly type: "clock-changed"; readonly peer: NodeId }
  /** Ends are nodes, or `registry`. */
  | { readonly type: "link-cut"; readonly from: readonly string[]; readonly to: readonly string[] }
  | { readonly type: "link-healed"; readonly from: readonly string[]; readonly to: readonly string[] }
  /** One of this life of a node came to the manager that the fact names, whether that runs or is paused. */
  | {
      readonly type: "heartbeat-arrived";
      readonly peer: NodeId;
      readonly incarnation: number;
      readonly manager: NodeId;
      /** The life that it was meant for: a later one drops it. */
      readonly managerIncarnation: number;
    }
  /** The registry has it from now on; `term` is that of a leader's own record. */
  | {
      readonly type: "record-written";
      readonly key: string;
      readonly by: NodeId;
      readonly term: number | undefined;
    }
  /** Its frames have another lot from now on, and then the usual one. */
  | { readonly type: "link-changed"; readonly from: readonly string[]; readonly to: readonly string[] }
  | { readonly type: "link-restored"; readonly from: readonly string[]; readonly to: readonly string[] }
  | { readonly type: "bandwidth-changed"; readonly peer: NodeId }
  /** The disk does this to what the node asks of it. */
  | { readonly type: "disk-troubled"; readonly peer: NodeId; readonly what: string }
  | { readonly type: "disk-well"; readonly peer: NodeId }
  /** It is killed where it uses more. */
  | { readonly type: "memory-capped"; readonly peer: NodeId; readonly bytesMax: number }
  | { readonly type: "memory-uncapped"; readonly peer: NodeId }
  | {
      readonly type: "node-out-of-memory";
      readonly peer: NodeId;
      readonly usedBytes: number;
      readonly bytesMax: number;
    }
  | { readonly type: "all-healed" }
  /** All others are gone for good, and these must go on within so long. */
  | { readonly type: "core-chosen"; readonly nodes: readonly NodeId[]; readonly withinMs: number }
  | { readonly type: "client-gone" }
  | { readonly type: "job-submitted-again" };
