import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALERT_CASES, type AlertCase, type ForeignMetric, type Series } from '../testing/alert-cases.ts';
import { alertRules, type Dialect, namesOf, PRESETS, toYaml } from './index.ts';

describe.each(['scrape', 'otlp'] as const)('rules for the dialect %s', (dialect) => {
  const rules = alertRules({ dialect });
  const alerts = rules.groups.flatMap((group) => group.rules.map((rule) => rule.alert));

  test.each(Object.entries(PRESETS))('of the preset %s are what Prometheus takes', (_, thresholds) => {
    const file = write('rules.yml', toYaml(alertRules({ dialect, thresholds })));
    expect(promtool('check', 'rules', '--lint-fatal', file)).toContain(`SUCCESS: ${alerts.length} rules found`);
  });

  test('have a case each: it fires for its cause and ends with it', () => {
    expect(Object.keys(ALERT_CASES).toSorted()).toEqual(alerts.toSorted());
    const cases = Object.entries(ALERT_CASES).map(([alert, one]) => caseOf(dialect, alert, one));
    expect(testRules(toYaml(rules), cases)).toContain('SUCCESS');
  });

  test('are all silent about a service that is well', () => {
    const healthy = Object.values(ALERT_CASES).flatMap(({ series }) =>
      series.map(([metric, labels, values, part]) => {
        // What each series of the cases ends in, for two hours: the cause is over.
        const last = values.split(' ').at(-1)?.replace(/x\d+$/, 'x120') ?? '';
        return [metric, labels, last, part] as Series;
      }),
    );
    const unique = [...new Map(healthy.map((series) => [`${series[0]} ${series[1]} ${series[3]}`, series])).values()];
    const quiet = { expr: 'count(ALERTS) or vector(0)', eval_time: '110m', exp_samples: [{ labels: '{}', value: 0 }] };
    expect(
      testRules(toYaml(rules), [{ interval: '1m', input_series: inputs(dialect, unique), promql_expr_test: [quiet] }]),
    ).toContain('SUCCESS');
  });
});

describe('the rules of the guides, as they stand there', () => {
  const guide = (expr: string, more: object = { labels: { severity: 'critical' } }): string =>
    toYaml({ groups: [{ name: 'guide', rules: [{ alert: 'Guide', expr, for: '2m', ...more }] }] });
  const fires = (at: number, value: 0 | 1): object => ({
    expr: FIRING('Guide'),
    eval_time: `${at}m`,
    exp_samples: [{ labels: '{}', value }],
  });

  test('are refused whole, for a severity that is no label', () => {
    const file = write('guide.yml', guide('up == 0', { severity: 'critical' }));
    expect(() => promtool('check', 'rules', file)).toThrow(/field severity not found/);
  });

  test('never fire for slow answers: a quantile of a histogram takes its buckets', () => {
    const slow = [
      { series: 'http_request_duration_seconds_bucket{le="1"}', values: '0x60' },
      { series: 'http_request_duration_seconds_bucket{le="10"}', values: '0+60x60' },
      { series: 'http_request_duration_seconds_bucket{le="+Inf"}', values: '0+60x60' },
    ];
    const rules = guide('histogram_quantile(0.95, http_request_duration_seconds) > 2');
    expect(testRules(rules, [{ interval: '1m', input_series: slow, promql_expr_test: [fires(30, 0)] }])).toContain(
      'SUCCESS',
    );
  });

  test('fire at one error a minute among six hundred thousand requests: a rate is no share', () => {
    const one = [
      { series: 'http_requests_total{status="500"}', values: '0+1x60' },
      { series: 'http_requests_total{status="200"}', values: '0+600000x60' },
    ];
    const rules = guide('rate(http_requests_total{status=~"5.."}[5m]) > 0.01');
    expect(testRules(rules, [{ interval: '1m', input_series: one, promql_expr_test: [fires(30, 1)] }])).toContain(
      'SUCCESS',
    );
  });
});

const FIRING = (alert: string): string => `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`;

function caseOf(dialect: Dialect, alert: string, { series, fires, over }: AlertCase): object {
  const at = (minutes: number, value: 0 | 1): object => ({
    expr: FIRING(alert),
    eval_time: `${minutes}m`,
    exp_samples: [{ labels: '{}', value }],
  });
  return {
    name: alert,
    interval: '1m',
    input_series: inputs(dialect, series),
    promql_expr_test: [at(fires, 1), at(over, 0)],
  };
}

function inputs(dialect: Dialect, series: readonly Series[]): object[] {
  const name = namesOf(dialect);
  return series.map(([metric, labels, values, part]) => ({
    series: `${isForeign(metric) ? metric : name(metric, part)}{${labels}}`,
    values,
  }));
}

/** Whether it is named alike in every dialect. */
const isForeign = (metric: Series[0]): metric is ForeignMetric => metric === 'up' || metric.startsWith('node_');

function testRules(rules: string, tests: readonly object[]): string {
  const file = write('rules.yml', rules);
  const content = { rule_files: [file], evaluation_interval: '1m', tests };
  // JSON is YAML, and promtool takes what a parser of YAML takes.
  return promtool('test', 'rules', write('test.yml', JSON.stringify(content), path.dirname(file)));
}

function write(
  name: string,
  content: string,
  folder: string = mkdtempSync(path.join(tmpdir(), 'scorekeep-rules-')),
): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** What Debian's promtool says; throws with it when it is not content. */
function promtool(...args: string[]): string {
  try {
    return execFileSync('promtool', args, { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${stdout}\n${stderr}`);
  }
}
