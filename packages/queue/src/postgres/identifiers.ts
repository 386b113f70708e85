/** Quotes an identifier for SQL text. Names that come from outside are looked up in the catalog before they get here. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Text as an SQL literal, where nothing can be bound. */
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** Splits `schema.table` or `table`; a name with another dot in it cannot be mapped. */
function splitTableName(name: string): { schema?: string; table: string } {
  const [first = '', second] = name.split('.', 2);
  return second === undefined ? { table: first } : { schema: first, table: second };
}

/** The quoted form of `schema.table` or `table`. */
export function quoteTable(name: string): string {
  const { schema, table } = splitTableName(name);
  return schema === undefined ? quote(table) : `${quote(schema)}.${quote(table)}`;
}

/** The candidate nearest to what was written, for "did you mean"; undefined when none is near. */
export function nearest(written: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(written.length / 2)) + 1;
  for (const candidate of candidates) {
    const [a, b] = [written.toLowerCase(), candidate.toLowerCase()];
    const distance = a.length > 2 && b.includes(a) ? 1 : editDistance(a, b);
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitute, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
