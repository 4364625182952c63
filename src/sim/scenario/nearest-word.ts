/** What was meant: the allowed word that is nearest to the one found. */

/** "; did you mean tau?" where one of the words is near. */
export function didYouMean(found: string, words: readonly string[]): string {
  const best = nearest(found, words);
  return best === undefined ? "" : `; did you mean ${best}?`;
}

/** The same, or else the words. */
export function guess(found: string, words: readonly string[]): string {
  const meant = didYouMean(found, words);
  if (meant !== "") return meant;
  return words.length > 0 && words.length <= 24 && !words.includes(found)
    ? `; allowed here: ${words.join(", ")}`
    : "";
}

/** The word within two edits of what was found; undefined where none is near. */
export function nearest(found: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = 3;
  for (const word of words) {
    if (word === found) continue;
    const distance = editDistance(found.toLowerCase(), word.toLowerCase());
    if (distance < bestDistance && distance < word.length) {
      best = word;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      row.push(Math.min(row[j - 1] + 1, previous[j] + 1, previous[j - 1] + change));
    }
    previous = row;
  }
  return previous[b.length];
}
