/**
 * Reads an RFC 3339 time of the years 100 to 9999 into milliseconds since 1970; undefined for anything else. Digits after the
 * milliseconds are cut off; a leap second is the second after it.
 */
export function parseTime(text: string): number | undefined {
  if (!RFC3339.test(text)) return undefined;
  const year = number(text, 0, 4);
  const month = number(text, 5, 7);
  const day = number(text, 8, 10);
  if (year < 100 || day > daysIn(year, month)) return undefined; // Date.UTC takes the year 50 for 1950.
  const whole = Date.UTC(year, month - 1, day, number(text, 11, 13), number(text, 14, 16), number(text, 17, 19));
  const time = whole + milliseconds(text) - offset(text);
  return time >= FIRST && time < END ? time : undefined;
}

/** An offset or a leap second can lead out of the years that four digits write, and that are read. */
const FIRST = Date.UTC(100, 0);
const END = Date.UTC(10_000, 0);

const RFC3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d{1,30})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Digits at known places; several times faster than groups of the expression. */
function number(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) value = value * 10 + text.charCodeAt(i) - 48;
  return value;
}

function milliseconds(text: string): number {
  if (text[19] !== '.') return 0;
  let value = 0;
  let scale = 100;
  for (let i = 20; scale >= 1; i++, scale = Math.floor(scale / 10)) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) break;
    value += digit * scale;
  }
  return value;
}

function offset(text: string): number {
  const end = text.length;
  const last = text[end - 1];
  if (last === 'Z' || last === 'z') return 0;
  const minutes = number(text, end - 5, end - 3) * 60 + number(text, end - 2, end);
  return minutes * (text[end - 6] === '-' ? -60_000 : 60_000);
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}
