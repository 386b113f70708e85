/** k6: events at a constant rate, 100 a second for a minute, whatever the answers do. */
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import type { Options } from 'k6/options';
import { EVENT_BODY, fillBody } from '../src/suites/body.ts';
import { amount, arrivals, baseUrl, given, headers, honest, TREND_STATS } from './options.ts';
import { summary } from './summary.ts';

const rate = amount('RATE', 100);
const seconds = amount('SECONDS', 60);
const url = `${baseUrl()}${given('EVENTS_PATH', '/events')}`;
const template = given('EVENT_BODY', EVENT_BODY);

export const options: Options = {
  scenarios: { events: arrivals(rate, seconds) },
  summaryTrendStats: TREND_STATS,
  thresholds: {
    ...honest(rate, seconds),
    checks: ['rate>0.999'],
    http_req_duration: [`p(95)<${amount('P95_MS', 500)}`],
  },
};

export default function events(): void {
  const body = fillBody(template, exec.scenario.iterationInTest, Math.random, new Date());
  const response = http.post(url, body, { headers: headers() });
  check(response, { accepted: ({ status }) => status === 200 || status === 202 });
}

export const handleSummary = (data: Parameters<typeof summary>[1]): Record<string, string> =>
  summary('events-100', data);
