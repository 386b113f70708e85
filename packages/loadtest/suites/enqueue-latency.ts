/**
 * k6: the answer to what starts work must not wait for the work. The same request for little and for much, in pairs,
 * in turn which goes first. Neither may take long, and in more than half of the pairs the large one may take no more than FACTOR
 * times the small one's time (2 unless given) and 5 ms, which is what a busy machine blurs: a slow machine slows both.
 * Sent by POST, or by METHOD; `{{n}}` in a body is another number each time.
 */
import { check } from 'k6';
import execution from 'k6/execution';
import http from 'k6/http';
import { Rate } from 'k6/metrics';
import type { Options } from 'k6/options';
import { fillBody } from '../src/suites/body.ts';
import { amount, baseUrl, given, headers, TREND_STATS } from './options.ts';
import { summary } from './summary.ts';

const base = baseUrl();
const times = amount('TIMES', 20);
const p95 = amount('P95_MS', 500);
const method = given('METHOD', 'POST');
const factor = amount('FACTOR', 2);
const independent = new Rate('enqueue_independent');
const requests = [
  { size: 'small', url: `${base}${given('SMALL_PATH', '/runs?size=small')}`, body: given('SMALL_BODY', '{}') },
  { size: 'large', url: `${base}${given('LARGE_PATH', '/runs?size=large')}`, body: given('LARGE_BODY', '{}') },
];

export const options: Options = {
  scenarios: { triggers: { executor: 'shared-iterations', vus: 1, iterations: times, maxDuration: '10m' } },
  summaryTrendStats: TREND_STATS,
  thresholds: {
    dropped_iterations: ['count==0'],
    iterations: [`count>=${times}`],
    checks: ['rate==1'],
    enqueue_independent: ['rate>0.5'],
    'http_req_duration{size:small}': [`p(95)<${p95}`],
    'http_req_duration{size:large}': [`p(95)<${p95}`],
  },
};

export default function trigger(): void {
  const took: Record<string, number> = {};
  const n = execution.scenario.iterationInTest;
  const ordered = n % 2 === 0 ? requests : requests.toReversed();
  for (const { size, url, body } of ordered) {
    const response = http.request(method, url, fillBody(body, n, Math.random, new Date()), {
      headers: headers(),
      tags: { size },
    });
    check(response, { accepted: ({ status }) => status >= 200 && status < 300 });
    took[size] = response.timings.duration;
  }
  independent.add((took['large'] ?? 0) <= factor * (took['small'] ?? 0) + 5);
}

export const handleSummary = (data: Parameters<typeof summary>[1]): Record<string, string> =>
  summary('enqueue-latency', data);
