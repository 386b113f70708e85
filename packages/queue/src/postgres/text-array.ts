import pg from 'pg';

/**
 * The text form of a Postgres array of texts. One long string that is joined here is several times cheaper than the driver's
 * own conversion, which visits every element twice.
 */
export function textArray(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quoted(value))).join(',')}}`;
}

/** The elements of the text form of an array without NULLs: the driver's conversion visits every character. */
export function textsOf(array: string): string[] {
  if (array === '{}') return [];
  return array.includes('"') ? driversTexts(array) : array.slice(1, -1).split(',');
}

const TEXT_ARRAY = 1009;

/** Postgres quotes an element that means something inside an array. The types of the driver know no arrays. */
const driversTexts: (array: string) => string[] = pg.types.getTypeParser(TEXT_ARRAY as typeof pg.types.builtins.TEXT);

/** Only what means something inside an array literal needs quotes; ids are none of it. */
function quoted(value: string): string {
  return /^[\w-]+$/.test(value) && !/^null$/i.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;
}
