/** Numbers with their unit, as tables and reports show them. */

export function duration(micros: number): string {
  if (micros < 1000) return `${micros} us`;
  if (micros < 1_000_000) return `${Math.round(micros / 1000)} ms`;
  if (micros < 120_000_000) return `${(micros / 1_000_000).toFixed(1)} s`;
  return `${Math.round(micros / 60_000_000)} min`;
}

export function bytesText(bytes: number): string {
  if (bytes < 1e3) return `${Math.round(bytes)} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
