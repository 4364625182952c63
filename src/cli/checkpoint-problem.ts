/** Whether a checkpoint is whole: every byte of it is read. */
import { applications } from "../apps/index.ts";
import { decodePart, type Manifest, type ParameterSpec, partsOver } from "../core/index.ts";
import type { CheckpointFolder } from "../net/index.ts";
import { messageOf } from "./exit.ts";

/** Why it cannot be gone on from; `undefined`: it is whole. */
export async function problemOf(folder: CheckpointFolder, manifest: Manifest): Promise<string | undefined> {
  const specs = specsOf(manifest);
  if (typeof specs === "string") return specs;
  for (const spec of specs) {
    const covering = partsOver(manifest, spec.name, spec.span);
    if (typeof covering === "string") return covering;
  }
  for (const { part, parameter, bytes, sha256 } of manifest.parts) {
    const spec = specs.find(({ name }) => name === parameter);
    if (spec === undefined) return `part ${part} is of parameter ${parameter}, which the job does not have`;
    const written = { bytes, sha256 };
    const answer = await folder.execute({ type: "read-part", checkpoint: manifest.name, part, written });
    if (answer.type !== "read-part") return "reason" in answer ? answer.reason : answer.type;
    const decoded = decodePart(answer.bytes, spec);
    if (typeof decoded === "string") return `part ${part}: ${decoded}`;
  }
  return undefined;
}

function specsOf({ job }: Manifest): readonly ParameterSpec[] | string {
  try {
    return (
      applications(job.application)?.parameters(job) ?? `application ${job.application} is not known here`
    );
  } catch (error) {
    return messageOf(error);
  }
}
