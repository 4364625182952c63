/** What a run is made of, and what comes of it. */
import type {
  Application,
  Compressor,
  Examples,
  JobResult,
  JobSpec,
  NodeId,
  NodeOptions,
  Observation,
  ShareSummary,
} from "../../core/index.ts";
import type { CheckpointDisk } from "./checkpoint-disk.ts";
import type { CostModel } from "./computer.ts";
import type { Route } from "./cuts.ts";
import type { Distribution } from "./distribution.ts";
import type { AwaitedFault, Fault, FaultEvent } from "./fault.ts";
import type { Network, NetworkOptions } from "./network.ts";
import type { RegistryFaults } from "./registry-faults.ts";
import type { Step } from "./witness.ts";

export interface SimulationPlan {
  readonly seed: string;
  /** Those that join later too. */
  readonly nodes: readonly NodeOptions[];
  readonly network: NetworkOptions;
  readonly registryDelay: Distribution;
  /** Undefined: none. */
  readonly registryFaults?: RegistryFaults;
  /** Of nodes and links; undefined: none. */
  readonly faults?: readonly Fault[];
  /** Those that wait for a fact, or for who plays a part then; undefined: none. */
  readonly awaitedFaults?: readonly AwaitedFault[];
  /** From then on everything random is drawn from that seed; undefined: never. */
  readonly reseeds?: readonly { readonly at: number; readonly seed: string }[];
  /** From an eviction to the next life of the node; undefined: 100 ms. */
  readonly rejoinMicros?: number;
  /** From the death of a node to when managers hear that its door is closed; undefined: only its silence tells them. */
  readonly doorMicros?: number;
  readonly cost: CostModel;
  readonly job: JobSpec;
  /** The run is undecided past this virtual time, or past this many events. */
  readonly horizonMicros: number;
  readonly eventsMax: number;
}

/** What the simulator needs but may not import. */
export interface SimulationParts {
  readonly applications: (name: string) => Application | undefined;
  readonly compressor: Compressor;
  /** The share of a slot; the rows are the same in both worlds. */
  readonly loadShare: (
    source: unknown,
    slot: number,
    slotCount: number,
  ) => { readonly examples: Examples | undefined; readonly summary: ShareSummary };
  /** Keeps checkpoints; undefined: one of its own. */
  readonly disk?: CheckpointDisk;
  /** Every fact, as it happens: `at` in true virtual microseconds. */
  readonly observe: (fact: Observation, node: NodeId, at: number) => void;
  /** What else no node can tell: what came to managers, and what the registry has. */
  readonly observeWorld?: (fact: Observation, at: number) => void;
  /** What the world does to the nodes, which they do not see. */
  readonly faultHappened?: (event: FaultEvent, at: number) => void;
  /** A node hands a frame to the network: what is measured of traffic. */
  readonly frameSent?: (route: Route, frame: Uint8Array, at: number) => void;
  /** Every event that is delivered to a node, before the node sees it. */
  readonly stepped?: (step: Step) => void;
}

export interface SimulationResult {
  readonly endedBy: "stopped" | "horizon" | "events" | "idle";
  /** Why the job failed; undefined where it did not. */
  readonly failure: string | undefined;
  readonly outcome: JobResult | undefined;
  readonly traceHash: string;
  /** Events delivered to nodes. */
  readonly events: number;
  readonly virtualMicros: number;
  readonly network: Network["counts"];
}
