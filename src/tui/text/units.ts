/** Numbers as people read them: three or four digits and a unit. */

export function bytes(count: number): string {
  if (count < 1000) return `${Math.round(count)} B`;
  return scaled(count / 1000, ["kB", "MB", "GB", "TB"]);
}

function scaled(value: number, units: readonly string[]): string {
  let rest = value;
  let unit = 0;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${digits(rest)} ${units[unit]}`;
}

/** 1,234 in full; from a hundred thousand as 123k, 1.2M. */
export function count(value: number): string {
  if (value < 100_000)
    return Math.round(value)
      .toString()
      .replace(/\B(?=(\d{3})+$)/g, ",");
  return scaled(value / 1000, ["k", "M", "G"]).replace(" ", "");
}

function digits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}

/** How long something took. */
export function duration(micros: number, micro = "µ"): string {
  if (micros < 1000) return `${Math.round(micros)} ${micro}s`;
  if (micros < 999_500) return `${digits(micros / 1000)} ms`;
  if (micros < 119_500_000) return `${digits(micros / 1e6)} s`;
  const seconds = Math.round(micros / 1e6);
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(seconds / 3600)}h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")}m`;
}

/** A moment of the run, to the thousandth of a second, so that moments stand in columns. */
export function moment(micros: number): string {
  return `${(micros / 1e6).toFixed(3)}s`;
}

export function share(part: number): string {
  const percent = part * 100;
  return `${percent > 0 && percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/** An objective: as many digits as help to see it move. */
export function objective(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1000) return value.toFixed(1);
  if (size >= 1) return value.toFixed(4);
  return value === 0 ? "0" : value.toPrecision(4);
}

/** A place on the ring: the upper 16 of its 32 bits, as four hexadecimal digits. */
export function position(begin: number): string {
  return Math.floor(begin / 2 ** 16)
    .toString(16)
    .padStart(4, "0");
}
