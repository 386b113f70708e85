/**
 * The text form of a Postgres array of numbers. Passing one long string is several times cheaper than the driver's own
 * conversion, which visits every element twice.
 */
export function arrayLiteral(values: Int32Array | readonly (number | bigint | null)[]): string {
  return `{${values instanceof Int32Array ? values.join() : values.map((value) => value ?? 'NULL').join()}}`;
}
