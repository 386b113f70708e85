/// <reference types="k6" />

/** What a suite is told by `-e NAME=value`. */
export const given = (name: string, otherwise: string): string => __ENV[name] ?? otherwise;

/** A number above 0. Anything else ends the run before it begins. */
export function amount(name: string, otherwise: number): number {
  const value = Number(given(name, String(otherwise)));
  if (value > 0 && Number.isFinite(value)) return value;
  throw new Error(`${name} must be a number above 0, got ${__ENV[name]}`);
}

/** Where the service is; there is no default, so that nothing is loaded by mistake. */
export function baseUrl(): string {
  const url = given('BASE_URL', '');
  if (/^https?:\/\//.test(url)) return url.replace(/\/$/, '');
  throw new Error('Say where the service is: -e BASE_URL=http://127.0.0.1:3000');
}

/** Percentiles that the summary has. */
export const TREND_STATS: string[] = ['min', 'med', 'p(95)', 'p(99)', 'max', 'count'];
