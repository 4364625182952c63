/** Small pictures in one line. */
import type { Glyphs } from "./glyphs.ts";
import { span, type Span, type Tone } from "./styled.ts";

/** Filled in proportion; something is never drawn as nothing, nor not everything as everything. */
export function bar(part: number, width: number, glyphs: Glyphs, tone: Tone): readonly Span[] {
  let filled = Math.round(Math.min(1, Math.max(0, part)) * width);
  if (part > 0 && filled === 0) filled = 1;
  if (part < 1 && filled === width && width > 1) filled -= 1;
  return [
    span(glyphs.full.repeat(filled), tone),
    span(glyphs.empty.repeat(Math.max(0, width - filled)), "faint"),
  ];
}

/** The last `width` values, each as high as it is between `lowest` and the highest. */
export function sparkline(values: readonly number[], width: number, glyphs: Glyphs, lowest = 0): string {
  const shown = values.slice(-width);
  if (shown.length === 0) return "";
  const top = Math.max(...shown);
  const reach = top - lowest;
  const last = glyphs.levels.length - 1;
  return shown
    .map((value) => {
      const level = reach <= 0 ? 0 : Math.round(((value - lowest) / reach) * last);
      return glyphs.levels[Math.min(last, Math.max(0, level))];
    })
    .join("");
}

/** As many values as asked, each the mean of its part of the given ones. */
export function resampled(values: readonly number[], width: number): readonly number[] {
  if (values.length <= width) return values;
  return Array.from({ length: width }, (_, i) => {
    const from = Math.floor((i * values.length) / width);
    const to = Math.max(from + 1, Math.floor(((i + 1) * values.length) / width));
    let sum = 0;
    for (let j = from; j < to; j++) sum += values[j];
    return sum / (to - from);
  });
}
