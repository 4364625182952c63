/** Where etcd is, who asks, and how long it may take. */

export interface EtcdOptions {
  /** `host:port` of members of one etcd; the first one that answers is kept until it fails. */
  readonly members: readonly string[];
  /** Before every key, so that clusters can share an etcd. */
  readonly keyPrefix: string;
  /** Undefined: no TLS. */
  readonly tls: EtcdTls | undefined;
  /** Undefined: no authentication, or by the certificate's common name. */
  readonly user: { readonly name: string; readonly password: string } | undefined;
  readonly limits: EtcdLimits;
}

/** PEM files: the authority that signed the members' certificates, and what etcd asks of its clients, if it does. */
export interface EtcdTls {
  readonly caPath: string;
  readonly certPath: string | undefined;
  readonly keyPath: string | undefined;
}

export interface EtcdLimits {
  /** A member that is not connected by then is left for the next one. */
  readonly connectTimeoutMs: number;
  /** A member that has not answered by then is left for the next one; what changes records is not asked again. */
  readonly attemptTimeoutMs: number;
  /** A request that no member has answered by then is answered `unavailable`. */
  readonly requestTimeoutMs: number;
  /** Between two rounds of all members, and between two looks at a member that is busy. */
  readonly retryAfterMs: number;
  /** A watch that has heard nothing for so long asks its member for a sign of life. */
  readonly watchProbeAfterMs: number;
  /** A watch whose member gives no sign of life within this goes on at the next one. */
  readonly watchProbeTimeoutMs: number;
  /** A watch that has heard nothing for so long, and since it looked last, asks whether there is something to hear. */
  readonly watchCompareAfterMs: number;
  /** Before a watch that was lost is opened again; doubles. */
  readonly rewatchMinMs: number;
  /** The doubling ends here. */
  readonly rewatchMaxMs: number;
  /** A trouble that goes on is told again after so long. */
  readonly troubleAgainAfterMs: number;
  /** Requests under way; further ones are answered `unavailable`. */
  readonly requestsMax: number;
  /** Records that are read at once; more are read in pages of one revision. */
  readonly readPageRecords: number;
  /** Of one answer; a larger one is refused. */
  readonly answerBytesMax: number;
}

export const defaultEtcdLimits: EtcdLimits = {
  connectTimeoutMs: 1_000,
  attemptTimeoutMs: 2_000,
  requestTimeoutMs: 5_000,
  retryAfterMs: 50,
  watchProbeAfterMs: 1_000,
  watchProbeTimeoutMs: 2_000,
  watchCompareAfterMs: 5_000,
  rewatchMinMs: 50,
  rewatchMaxMs: 1_000,
  troubleAgainAfterMs: 60_000,
  requestsMax: 1_024,
  readPageRecords: 1_000,
  answerBytesMax: 256 * 1024 * 1024,
};

/** Where the records of a cluster are in etcd: no id of a cluster is the beginning of another's. */
export function etcdKeyPrefix(clusterId: string): string {
  return `/tauring/${encodeURIComponent(clusterId)}/`;
}
