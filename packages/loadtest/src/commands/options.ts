import { InvalidArgumentError } from 'commander';

/** A duration such as 90s, 30min or 4h, in seconds. */
export function duration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|min|h)$/.exec(text);
  const seconds = Number(match?.[1]) * { s: 1, min: 60, h: 3600 }[match?.[2] as 's' | 'min' | 'h'];
  if (seconds > 0) return seconds;
  throw new InvalidArgumentError('It must be a duration such as 90s, 30min or 4h.');
}

/** A number above 0, such as 5e6. */
export function above0(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

/** A whole number from 1. */
export function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('It must be a whole number from 1.');
}

/** Whole numbers from 1, such as 1,2,4. */
export const counts = (text: string): readonly number[] => text.split(',').map(count);

/** `name=value`, collected. */
export function parameter(
  text: string,
  before: Readonly<Record<string, string | number>>,
): Readonly<Record<string, string | number>> {
  const [, name, value] = /^([a-zA-Z]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be such as workers=5.');
  return { ...before, [name]: Number.isFinite(Number(value)) ? Number(value) : value };
}

/** `NAME=value`, collected. */
export function environment(text: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, name, value] = /^([A-Z0-9_]+)=([\s\S]*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be such as RATE=50.');
  return { ...before, [name]: value };
}
