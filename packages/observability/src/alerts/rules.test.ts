import { expect, test } from 'vitest';
import { METRICS } from '../catalogue.ts';
import { panelsOf } from './dashboard.ts';
import { alertRules, dashboard, namesOf, PRESETS } from './index.ts';

test('a metric is named as the exporter in the process does, and as a collector does', () => {
  const [scrape, otlp] = [namesOf('scrape'), namesOf('otlp')];
  expect(scrape('messaging.process.duration', 'bucket')).toBe('messaging_process_duration_bucket');
  expect(otlp('messaging.process.duration', 'bucket')).toBe('messaging_process_duration_seconds_bucket');
  expect(scrape('scorekeep.items')).toBe('scorekeep_items_total');
  expect(otlp('scorekeep.items')).toBe('scorekeep_items_total');
  expect(otlp('scorekeep.table.size')).toBe('scorekeep_table_size_bytes');
  expect(otlp('scorekeep.run.progress')).toBe('scorekeep_run_progress_ratio');
});

test('a threshold on a histogram is the edge of a bucket, so that the share beyond it is exact', () => {
  for (const preset of Object.values(PRESETS)) {
    expect(METRICS['scorekeep.wait.duration'].buckets).toContain(preset.waitSeconds);
    expect(METRICS['messaging.process.duration'].buckets).toContain(preset.processSeconds);
    // https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
    const http = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    expect(http.some((edge) => edge >= preset.httpSeconds)).toBe(true);
  }
});

test('critical comes after warning, and relaxed after strict', () => {
  const { strict, relaxed } = PRESETS;
  for (const [name, value] of Object.entries(strict)) {
    const other = relaxed[name as keyof typeof relaxed];
    if (typeof value === 'number') expect(other, name).toBeGreaterThanOrEqual(value);
    else {
      expect(value.critical, name).toBeGreaterThan(value.warning);
      expect(typeof other === 'object' && other.warning, name).toBeGreaterThanOrEqual(value.warning);
    }
  }
});

test('alerts have names of their own, and say what to do', () => {
  const alerts = alertRules().groups.flatMap((group) => group.rules);
  expect(new Set(alerts.map((alert) => alert.alert)).size).toBe(alerts.length);
  for (const { annotations } of alerts) {
    expect(annotations.summary.length).toBeGreaterThan(10);
    expect(annotations.description).toMatch(/\.$/);
  }
});

test('the dashboard has every panel once, none over another', () => {
  const { panels } = dashboard() as {
    panels: { id: number; type: string; gridPos: { x: number; y: number; w: number; h: number } }[];
  };
  expect(panels.filter((panel) => panel.type === 'timeseries')).toHaveLength(
    Object.values(panelsOf(namesOf('scrape'))).flat().length,
  );
  expect(new Set(panels.map((panel) => panel.id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
});
