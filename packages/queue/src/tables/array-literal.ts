/**
 * The text form of a Postgres array. Passing one long string is several times cheaper than the driver's own conversion,
 * which visits every element twice.
 */
export function arrayLiteral(values: readonly (string | number | bigint | null)[]): string {
  return `{${values.map((value) => (typeof value === 'string' ? quoted(value) : (value ?? 'NULL'))).join(',')}}`;
}

/** Only what means something inside an array literal needs quotes; ids are none of it. */
function quoted(value: string): string {
  return /^[\w-]+$/.test(value) && !/^null$/i.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
