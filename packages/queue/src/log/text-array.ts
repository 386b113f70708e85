/**
 * The text form of a Postgres array of texts. One long string that is joined here is several times cheaper than the driver's
 * own conversion, which visits every element twice.
 */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quoted(value))).join(',')}}`;
}

/** Only what means something inside an array literal needs quotes; ids are none of it. */
function quoted(value: string): string {
  return /^[\w-]+$/.test(value) && !/^null$/i.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
