/** Rows of words in columns, as wide as their widest word; the last column is as long as it is. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((word, i) => word.padEnd(widths[i]))
      .join("  ")
      .trimEnd();
  return [line(head), ...rows.map(line)].join("\n");
}

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
