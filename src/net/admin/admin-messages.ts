/** `proto/admin.proto`, as proto-loader makes and takes it. */
export interface MembersAnswer {
  readonly node: string;
  readonly incarnation: number;
  readonly cluster: string;
  readonly members: readonly ClusterMember[];
  readonly shape: ClusterShape;
}

/** What further nodes are started with. */
export interface ClusterShape {
  readonly servers: number;
  readonly workers: number;
  readonly virtualServers: number;
  readonly replicas: number;
  readonly suspectAfterMs: number;
  /** Empty: in etcd. */
  readonly registryAddress: string;
  /** Of checkpoints; empty: none are kept. */
  readonly checkpointFolder: string;
}

export interface ClusterMember {
  readonly node: string;
  readonly incarnation: number;
  readonly address: string;
  readonly isGone: boolean;
  readonly goneReason: string;
  readonly isDecommissioned: boolean;
}

export interface WhyAnswer {
  readonly node: string;
  readonly waits: readonly Waiting[];
}

export interface Waiting {
  readonly blocked: string;
  readonly waitsFor: string;
  readonly waitedMicros: number;
  /** JSON. */
  readonly edge: string;
}

export interface LeaveRequest {
  readonly reason: string;
  readonly drainTimeoutMs: number;
  readonly allowsFewerCopies: boolean;
}

/** Texts are JSON; an empty one says nothing new. */
export interface NodeState {
  readonly node: string;
  readonly nowMicros: number;
  readonly part: string;
  readonly events: string;
  readonly progress: string;
  readonly known: string;
  readonly dropped: number;
  readonly processId: number;
  readonly host: string;
}
