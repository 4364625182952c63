/** The only door to the world of sockets and real clocks. */
export {
  type AdminAccess,
  type AdminAnswer,
  AdminClient,
  type AdminRefusal,
} from "./admin/admin-client.ts";
export type { Waiting } from "./admin/admin-messages.ts";
export { ClusterWatch, type ClusterWatchOptions, type NodeContact } from "./admin/cluster-watch.ts";
export type { KnownMember, KnownRecords } from "./admin/known-cluster.ts";
export type { Around, Hands, HeldNode } from "./admin/hands.ts";
export { LiveSource } from "./admin/live-source.ts";
export { freeName } from "./admin/leave-refusal.ts";
export { askEach, findCluster, type FoundCluster } from "./admin/survey.ts";
export { CheckpointFolder, manifestName } from "./checkpoint/checkpoint-folder.ts";
export { collectAtOnce } from "./cluster/collector.ts";
export {
  LocalCluster,
  type ChildCommand,
  type ChildExit,
  type LocalClusterOptions,
  type RestartRule,
} from "./cluster/local-cluster.ts";
export {
  type NodeExit,
  type NodeSetup,
  type RunningNode,
  startNode,
} from "./cluster/node-process.ts";
export type { RegistryPlace } from "./cluster/node-registry.ts";
export {
  type ParentLink,
  drainsVariable,
  hasParent,
  isDrainedBySignal,
  linkToParent,
} from "./cluster/parent-link.ts";
export { monotonicMicros } from "./driver/clock.ts";
export { type Conformance, conform } from "./driver/conform.ts";
export { makeFolder } from "./folders.ts";
export { JobClient, type JobClientOptions, type JobEvents } from "./jobs/job-client.ts";
export { HostedPrograms, type HostedProgramsOptions, type ProgramPlace } from "./program/hosted-programs.ts";
export { defaultStandbyLimits, type StandbyLimits } from "./program/standby-shares.ts";
export type { LoadedShare, ProgramModule, Programs } from "./program/programs.ts";
export { threadUrl } from "./program/thread-url.ts";
export { checkEtcd } from "./registry/etcd/etcd-check.ts";
export { removeRecords } from "./registry/etcd/etcd-cleanup.ts";
export { defaultEtcdLimits, etcdKeyPrefix, type EtcdOptions } from "./registry/etcd/etcd-options.ts";
export { type Authority, makeAuthority, makeCertificate } from "./security/certificates.ts";
export { type Security, type TlsFiles, isLoopback, listenRefusal } from "./security/credentials.ts";
export { snappyCompressor } from "./snappy-compressor.ts";
export { proxiedEnvironment } from "./transport/proxied.ts";
export { type TransportLimits, defaultTransportLimits } from "./transport/limits.ts";
