/// <reference types="k6" />
import type { ConstantArrivalRateScenario } from 'k6/options';

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

/** Of each request that sends something: AUTHORIZATION is sent as it is, such as `Bearer …`. */
export function headers(): Record<string, string> {
  const authorization = given('AUTHORIZATION', '');
  return { 'content-type': 'application/json', ...(authorization === '' ? {} : { authorization }) };
}

/** Percentiles that the summary has. */
export const TREND_STATS: string[] = ['min', 'med', 'p(95)', 'p(99)', 'max', 'count'];

/** Iterations begun at a constant rate, whatever the answers do. */
export const arrivals = (rate: number, seconds: number): ConstantArrivalRateScenario => ({
  executor: 'constant-arrival-rate',
  rate,
  timeUnit: '1s',
  duration: `${seconds}s`,
  preAllocatedVUs: 50,
  maxVUs: 500,
});

/** Thresholds without which a generator that falls behind, or sends nothing at all, would pass; and one for errors. */
export const honest = (rate: number, seconds: number): Record<string, string[]> => ({
  dropped_iterations: ['count==0'],
  iterations: [`count>=${Math.floor(rate * seconds * amount('MIN_SHARE', 0.99))}`],
  http_req_failed: ['rate<0.001'],
});
