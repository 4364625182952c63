/** `proto/admin.proto`, as proto-loader makes and takes it. */
export interface MembersAnswer {
  readonly node: string;
  readonly incarnation: number;
  readonly cluster: string;
  readonly members: readonly ClusterMember[];
}

export interface ClusterMember {
  readonly node: string;
  readonly incarnation: number;
  readonly address: string;
  readonly isGone: boolean;
  readonly goneReason: string;
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
