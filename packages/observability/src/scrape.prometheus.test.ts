import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { eventType } from '@scorekeep/core/events';
import { connect, eventLog, job } from '@scorekeep/queue';
import { afterEach, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { freePort } from '../../queue/src/embedded/free-port.ts';
import { panelsOf } from './alerts/dashboard.ts';
import { alertRules, namesOf, toYaml } from './alerts/index.ts';
import { METRICS, type Metric } from './catalogue.ts';
import { startTelemetry } from './node/index.ts';
import { createContest } from './testing/contest.ts';

test('Prometheus scrapes a process, knows every metric of it by the names of the rules, and draws every panel', async () => {
  const { url } = await testDatabase();
  const points = await createContest(url, 100);
  const telemetry = await startTelemetry({
    service: 'test',
    prometheus: { port: 0 },
    floors: { opportunities: { least: 10, read: () => 12 } },
    freshness: { odds: { mostSeconds: 600, read: () => new Date() } },
    backup: () => new Date(),
  });
  const keep = await connect({ url, batchSize: 20 });
  const nightly = job('nightly', { schedule: { cron: '0 3 * * *', payload: {} }, run: () => undefined });
  await keep.start({ projections: [points], jobs: [nightly] });
  await keep.finished(await keep.run(points));
  const joined = eventType('joined', {
    schema: { '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } },
  });
  await keep.consume(eventLog('rooms', { types: [joined] }), 'taker', async () => undefined);
  await expect.poll(async () => (await keep.stats()).scheduleLagSeconds, PATIENCE).not.toBeNull();
  await telemetry.refresh();
  telemetry.security('auth_failed');
  const prometheus = await startPrometheus(telemetry.url ?? '');
  await expect.poll(() => query(prometheus, 'up'), PATIENCE).toMatchObject([{ value: [expect.any(Number), '1'] }]);

  const names = namesOf('scrape');
  const series = Object.keys(METRICS).filter((metric) => !QUIET.includes(metric as Metric)) as Metric[];
  const missing: string[] = [];
  for (const metric of series) {
    const found = await query(prometheus, names(metric, METRICS[metric].kind === 'histogram' ? 'bucket' : undefined));
    if (found.length === 0) missing.push(metric);
  }
  expect(missing).toEqual([]);
  const empty: string[] = [];
  for (const panel of Object.values(panelsOf(names)).flat()) {
    for (const [expr] of panel.queries) if ((await query(prometheus, expr)).length === 0) empty.push(panel.title);
  }
  // Nothing failed in the background, nothing was handed in, and a rate takes a second scrape.
  expect(empty.filter((title) => !/errors|per second|95th|outcome|Sent|Receipts/.test(title))).toEqual([]);
  const rules = (await api(prometheus, '/api/v1/rules')) as { groups: { rules: { health: string }[] }[] };
  expect(rules.groups.flatMap((group) => group.rules)).toHaveLength(
    alertRules().groups.flatMap((group) => group.rules).length,
  );
  await keep.stop();
  await telemetry.shutdown();
});

/** What a run in which nothing goes wrong, and without pg-boss's own operations, has no series of. */
const QUIET: readonly Metric[] = [
  'messaging.client.operation.duration',
  'scorekeep.receipts',
  'scorekeep.consumed.events',
  'scorekeep.refolded.subjects',
  'scorekeep.ingest.duration',
  'scorekeep.projection.rebuilds',
  'scorekeep.schedule.missed',
  'scorekeep.background.errors',
  'scorekeep.background.warnings',
];
const PATIENCE = { timeout: 30_000, interval: 250 };

let running: ChildProcess | undefined;
afterEach(() => running?.kill('SIGKILL'));

/** Starts Debian's Prometheus with our rules on a folder of its own; answers its URL once it is ready. */
async function startPrometheus(target: string): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'scorekeep-prometheus-'));
  writeFileSync(path.join(folder, 'rules.yml'), toYaml(alertRules()));
  writeFileSync(
    path.join(folder, 'prometheus.yml'),
    toYaml({
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules.yml'],
      scrape_configs: [{ job_name: 'test', static_configs: [{ targets: [new URL(target).host] }] }],
    }),
  );
  const port = await freePort();
  running = spawn(
    'prometheus',
    ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=127.0.0.1:${port}`],
    { cwd: folder, stdio: 'ignore' },
  );
  const url = `http://127.0.0.1:${port}`;
  await expect
    .poll(
      () =>
        fetch(`${url}/-/ready`).then(
          (answer) => answer.status,
          () => 0,
        ),
      PATIENCE,
    )
    .toBe(200);
  return url;
}

async function api(url: string, pathname: string): Promise<unknown> {
  const answer = (await (await fetch(`${url}${pathname}`)).json()) as { status: string; data: unknown; error?: string };
  expect(answer.status, `${pathname}: ${answer.error}`).toBe('success');
  return answer.data;
}

const query = async (url: string, expr: string): Promise<{ value: unknown[] }[]> =>
  ((await api(url, `/api/v1/query?query=${encodeURIComponent(expr)}`)) as { result: { value: unknown[] }[] }).result;
