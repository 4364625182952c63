/** Whether a job can be run here, as far as its scheduler can tell. */
import type { Application } from "../application.ts";
import { validateFilters } from "../filters/validate-filters.ts";
import type { JobSpec } from "../job.ts";
import type { Shell } from "../shell.ts";

/** Checks what the job says of itself; the application names a bad option. Undefined: the job has been ended. */
export function acceptJob(
  shell: Shell,
  applications: (name: string) => Application | undefined,
  job: JobSpec,
): Application | undefined {
  const application = applications(job.application);
  if (application === undefined) {
    shell.fail(`application "${job.application}" of job ${job.name} is not known here`);
    return undefined;
  }
  try {
    for (const spec of application.parameters(job)) {
      const refusal = validateFilters(spec, job.tau);
      if (refusal !== undefined) throw new Error(refusal);
    }
    return application;
  } catch (error) {
    shell.fail(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

export function observeJob(shell: Shell, application: Application | undefined, job: JobSpec): void {
  const { name, slotCount, tau } = job;
  const specs = application?.parameters(job) ?? [];
  const parameters = specs.map((spec) => {
    const { name: parameter, isProvenance, update, span, keyBlockCount } = spec;
    const [begin, end] = [String(span.begin), String(span.end)];
    return { name: parameter, update: update.kind, isProvenance, begin, end, keyBlockCount };
  });
  const reference = typeof job.options.reference === "number" ? job.options.reference : null;
  const pullFilters = [...new Set(specs.flatMap((spec) => spec.pullFilters.map(({ kind }) => kind)))];
  shell.observe({ type: "job-submitted", name, slotCount, tau, reference, pullFilters, parameters });
}
