/** Submits a job, tells its progress, and waits for what comes of it. */
import type { FailureRecord, JobResult, Progress } from "../core/index.ts";
import type { JobClient } from "../net/index.ts";
import { CommandError, exitCodes, messageOf } from "./exit.ts";
import type { Job } from "./job-file.ts";
import { MissingNodes } from "./missing-nodes.ts";
import { say } from "./output.ts";
import { ProgressWatch } from "./progress-watch.ts";
import type { RunStatus } from "./run-status.ts";

/** The first thing that went wrong, for whatever is being waited for. */
export class Failure {
  readonly happened: Promise<never>;
  happen: (error: CommandError) => void = () => {};

  constructor() {
    this.happened = new Promise((_resolve, reject) => {
      this.happen = reject;
    });
    // It may happen while nobody waits.
    this.happened.catch(() => {});
  }
}

export interface Following {
  readonly client: JobClient;
  /** `host:port` of the manager. */
  readonly address: string;
  readonly job: Job;
  readonly failure: Failure;
  readonly status: RunStatus;
  /** After each row of progress that was told. */
  readonly rowTold?: (count: number) => void;
}

export interface Followed {
  readonly outcome: JobResult;
  readonly progress: readonly Progress[];
}

/** Whoever sees a node die says so within this time. */
const namedWithinMs = 4_000;

export async function followJob(following: Following): Promise<Followed> {
  const { client, job, failure, status } = following;
  const refusal = await Promise.race([client.submit(job.spec), failure.happened]);
  if (refusal !== undefined) throw refused(refusal, following);
  status.begin("loading the data");
  const watch = new ProgressWatch(job.reference, say);
  const missing = new MissingNodes(job, say);
  const ended = new Promise<void>((resolve) => {
    client.follow({
      node: (node, address) => missing.node(node, address !== undefined),
      assigned: () => missing.end(),
      progress: (progress) => {
        watch.reported(progress);
        following.rowTold?.(watch.progress.length);
        status.begin(`pass ${progress.pass + 1}`);
      },
      rolledBack: ({ checkpoint, first, reason }) => {
        say(`rolled back to ${checkpoint}: tasks from ${first} on are done again, as ${reason}`);
      },
      ended: resolve,
      failed: (record) => failure.happen(jobFailed(record, job)),
      lost: (reason) =>
        failure.happen(new CommandError(exitCodes.unreachable, `the cluster is lost: ${reason}`)),
    });
  });
  await Promise.race([ended, failure.happened]).finally(() => missing.end());
  status.begin("fetching the model");
  // The scheduler keeps the outcome until it is asked for.
  const outcome = client.outcome().catch((error: unknown) => nameFailure(error, failure));
  return { outcome: await Promise.race([outcome, failure.happened]), progress: watch.progress };
}

/** A node that died is the better news than the connection that broke with it. */
async function nameFailure(error: unknown, failure: Failure): Promise<never> {
  const later = new Promise<void>((resolve) => setTimeout(resolve, namedWithinMs));
  await Promise.race([later, failure.happened]);
  throw new CommandError(exitCodes.violated, messageOf(error));
}

function jobFailed({ reason, node }: FailureRecord, job: Job): CommandError {
  const isOfData = job.train.paths.some((path) => reason.includes(path));
  const code = isOfData ? exitCodes.data : exitCodes.violated;
  return new CommandError(code, `the job failed: ${reason} (said by ${node})`);
}

function refused(reason: string, { client, address }: Following): CommandError {
  if (client.isRefused || reason.includes("has a job already")) {
    return new CommandError(exitCodes.refused, reason);
  }
  if (!reason.includes("Deadline exceeded")) return new CommandError(exitCodes.unreachable, reason);
  // A call that has found somebody says so, and a manager is silent where its registry is.
  const why = reason.includes("remote_addr=")
    ? `the manager at ${address} is there, and does not answer: its registry is silent, as its nodes say, or it is overloaded`
    : `no manager answers at ${address}: start a cluster (tauring launch)`;
  return new CommandError(exitCodes.unreachable, why);
}
