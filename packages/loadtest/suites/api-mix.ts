/** k6: a mix of requests at a constant rate: of ten, so many send an event as WRITES says, and the others read. */
import { check } from 'k6';
import exec from 'k6/execution';
import http from 'k6/http';
import type { Options } from 'k6/options';
import { EVENT_BODY, fillBody } from '../src/suites/body.ts';
import { amount, arrivals, baseUrl, given, headers, honest, TREND_STATS } from './options.ts';
import { summary } from './summary.ts';

const rate = amount('RATE', 50);
const seconds = amount('SECONDS', 60);
const writes = amount('WRITES', 2);
const base = baseUrl();
const reads = given('READ_PATHS', '/health').split(',');
const events = `${base}${given('EVENTS_PATH', '/events')}`;
const template = given('EVENT_BODY', EVENT_BODY);

export const options: Options = {
  scenarios: { mix: arrivals(rate, seconds) },
  summaryTrendStats: TREND_STATS,
  thresholds: {
    ...honest(rate, seconds),
    'http_req_duration{kind:read}': [`p(95)<${amount('P95_MS', 2000)}`],
    'http_req_duration{kind:write}': [`p(95)<${amount('P95_MS', 2000)}`],
  },
};

export default function mix(): void {
  const n = exec.scenario.iterationInTest;
  const response =
    n % 10 < writes
      ? http.post(events, fillBody(template, n, Math.random, new Date()), {
          headers: headers(),
          tags: { kind: 'write' },
        })
      : http.get(`${base}${reads[n % reads.length]}`, { headers: headers(), tags: { kind: 'read' } });
  check(response, { answered: ({ status }) => status >= 200 && status < 300 });
}

export const handleSummary = (data: Parameters<typeof summary>[1]): Record<string, string> => summary('api-mix', data);
