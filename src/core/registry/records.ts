/**
 * The registry's records by key. Values are JSON text; parsers refuse anything else with a reason.
 *
 *   cluster            { id }                                  the first node to write it
 *   nodes/<id>         { incarnation, address }                each node, by compare-and-set on its own record
 *   term/manager       { leader, term }                        the acting manager
 *   term/scheduler     { leader, term }                        the acting scheduler
 *   view               View                                    the manager, comparing term/manager and view
 *   job                JobSpec                                 whoever submits
 *   slots              { slots: [{ slot, worker, epoch }] }    the scheduler, comparing term/scheduler
 *   pass               { hash, record }                        the scheduler, before the pass issues its first task
 *   progress           Progress[]                              the scheduler, for whoever watches
 *   result             JobOutcome without its model            the scheduler, at the end
 *   failure            { reason, node }                        whoever found that the job cannot go on
 */
export const recordKeys = {
  cluster: "cluster",
  node: (id: string): string => `nodes/${id}`,
  nodesPrefix: "nodes/",
  term: (role: "manager" | "scheduler"): string => `term/${role}`,
  view: "view",
  job: "job",
  slots: "slots",
  pass: "pass",
  progress: "progress",
  result: "result",
  failure: "failure",
} as const;

export interface TermRecord {
  readonly leader: string;
  readonly term: number;
}

export interface SlotsRecord {
  readonly slots: readonly { readonly slot: number; readonly worker: string; readonly epoch: number }[];
}

export interface FailureRecord {
  readonly reason: string;
  readonly node: string;
}
