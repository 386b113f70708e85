/** ` Did you mean "…"?` or nothing. */
export function didYouMean(name: string, names: readonly string[], sigil = ''): string {
  const near = nearest(name, names);
  return near === undefined ? '' : ` Did you mean "${sigil}${near}"?`;
}

/** The name that was probably meant: the closest one within two edits or a third of its length, or none. */
function nearest(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = name.length < 4 ? 2 : Math.max(2, Math.floor(Math.min(name.length, 40) / 3)) + 1;
  for (const candidate of names) {
    const distance = editDistance(name.slice(0, 40).toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
