/** A pass of a training run as a line of a table that fits into 80 columns. */
import type { Progress } from "../core/index.ts";

export const progressHeader = " pass   seconds      objective        gap  non-zeros         sent  filtered";

export function progressLine(progress: Progress, reference: number | undefined): string {
  const { pass, elapsedMicros, objective, nonzeros, sentBytes, filteredShare } = progress;
  const gap = reference === undefined ? "-" : ((objective - reference) / reference).toExponential(2);
  return [
    String(pass).padStart(5),
    (elapsedMicros / 1e6).toFixed(2).padStart(10),
    objective.toFixed(4).padStart(15),
    gap.padStart(11),
    String(nonzeros).padStart(11),
    megabytes(sentBytes).padStart(13),
    `${(100 * filteredShare).toFixed(1)} %`.padStart(10),
  ].join("");
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}
