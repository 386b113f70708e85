import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { accessToken, type OpsStatus, opsIn } from '@scorekeep/example-contract';
import { AUTH } from '@scorekeep/example-host/auth-settings';
import { COMMON } from '@scorekeep/example-host/settings';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { parseCommand } from '../../ops/src/options.ts';
import { SETTINGS } from './settings.ts';

const page = readFileSync(new URL('../OPERATIONS.md', import.meta.url), 'utf8');
const ADMIN_PHONE = '+4915100000000';
const OTHER_PHONE = '+4915100000001';
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The guide's headings, without their pictures. */
const HEADINGS = [
  'Overview',
  'Capacity Comparison',
  'Deployment Steps',
  'Step 1: Install Dependencies',
  'Step 2: Run Performance Indexes Migration',
  'Step 3: Verify Redis is Available',
  'Step 4: Deploy Updated Code',
  'Step 5: Verify Event Queue Initialized',
  'Step 6: Monitor Queue Performance',
  'Performance Testing',
  'Test Event Ingestion',
  'Test Queue Under Load',
  'Monitoring',
  'Queue Health Dashboard',
  'Railway Dashboard Metrics',
  'Troubleshooting',
  'Issue: Queue not initializing',
  'Issue: High queue backlog (waiting > 500)',
  'Issue: High failure rate',
  'Issue: Redis memory full',
  'Success Criteria',
  'Expected Performance Improvements',
  'Next Steps',
];

/** Each command of the guide, under its heading, and what stands there for it: a command, or the words of a reason. */
const COMMANDS: readonly (readonly [heading: string, command: string, ours: string])[] = [
  ['Step 1: Install Dependencies', 'cd railway-backend && npm install', '`npm run setup`'],
  [
    'Step 2: Run Performance Indexes Migration',
    'railway run psql $DATABASE_URL -f …',
    'migrations/005_performance_indexes.sql',
  ],
  [
    'Step 2: Run Performance Indexes Migration',
    'SELECT indexname FROM pg_indexes …',
    "indexname LIKE 'idx_%type_processed%'",
  ],
  ['Step 3: Verify Redis is Available', 'railway run node -e "… redis …"', 'Not applicable'],
  ['Step 4: Deploy Updated Code', 'git add . && git commit && git push railway main', 'git push'],
  ['Step 4: Deploy Updated Code', 'railway up', 'ops -- game-events restart'],
  ['Step 6: Monitor Queue Performance', 'curl …/api/events/stats', 'curl -fsS "$URL/api/events/stats"'],
  ['Test Event Ingestion', 'for i in {1..100}; do curl … & done', 'for i in {1..100}; do'],
  ['Test Queue Under Load', 'for batch in {1..10}; do … done', 'src/load/command.ts'],
  ['Queue Health Dashboard', "jq '.queue.queue.waiting'", "jq '.queue.queue.waiting'"],
  ['Queue Health Dashboard', "jq '.queue.current_load_percent'", "jq '.queue.current_load_percent'"],
  ['Queue Health Dashboard', "jq '.queue.queue.failed'", "jq '.queue.queue.failed'"],
  ['Queue Health Dashboard', "jq '.summary.avg_processing_time_seconds'", "jq '.summary.avg_processing_time_seconds'"],
  ['Issue: High queue backlog (waiting > 500)', 'change 10 to 20 in event-queue.js', 'ops -- game-events scale'],
  [
    'Issue: High failure rate',
    "jq '.events[] | select(.processing_error != null)'",
    "jq '.events[] | select(.processing_error != null)'",
  ],
  ['Issue: Redis memory full', 'railway run node -e "… queue.clean(3600000, …)"', '/api/events/cleanup'],
];

/** A section by its heading, up to the next one. */
function section(heading: string): string {
  const lines = page.split('\n');
  const from = lines.findIndex((line) => line.replace(/^#{2,3} /, '') === heading && line.startsWith('#'));
  if (from === -1) return '';
  const to = lines.findIndex((line, i) => i > from && /^#{2,3} /.test(line));
  return lines.slice(from, to === -1 ? undefined : to).join('\n');
}

describe('the page of operations', () => {
  test(`has every heading of the guide, in its order`, () => {
    expect([...page.matchAll(/^#{2,3} (.+)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
  });

  test.each(COMMANDS)('%s: %s', (heading, _, ours) => {
    expect(section(heading)).toContain(ours);
  });

  test('calls ops as ops takes it', () => {
    const calls = [...page.matchAll(/npm run ops -- ([^`\n]+?)(?: {2}|`|$)/gm)].map(([, call = '']) => call.split(' '));
    expect(calls.length).toBeGreaterThan(3);
    for (const call of calls) expect(parseCommand(call)).toMatchObject({ kind: 'command' });
  });

  test('gives a reason wherever something is not applicable', () => {
    for (const [, reason] of page.matchAll(/not applicable(.{0,40})/gi))
      expect(reason).toMatch(/^( as it stands, for|:) \w/);
  });
});

describe('its commands', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'game-events-operations-'));
  let environment: Readonly<Record<string, string>>;
  let ops: ReturnType<typeof opsIn>;
  beforeAll(async () => {
    const { url } = await testDatabase();
    environment = {
      OPS_DIRECTORY: folder,
      DATABASE_URL: url,
      OTP_DELIVERY: 'response',
      ADMIN_PHONES: `${ADMIN_PHONE},${OTHER_PHONE}`,
      ADMIN_PHONE,
      PORT: '0',
      DRAIN_MS: '0',
    };
    ops = opsIn(folder, environment);
    expect(await ops('npm run ops -- game-events up --workers 2')).toMatchObject({ code: 0 });
    const { app } = JSON.parse((await ops('npm run ops -- game-events status --json')).output) as OpsStatus;
    environment = { ...environment, URL: app.url, TOKEN: await accessToken(app.url, OTHER_PHONE) };
  });
  afterAll(async () => {
    await ops('npm run ops -- game-events reset --yes');
    rmSync(folder, { recursive: true, force: true });
  });

  const blocks = HEADINGS.flatMap((heading) =>
    [...section(heading).matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = '']) => [heading, block] as const),
  );
  /** What a program needs that not every machine has. */
  const missing = async (block: string): Promise<string | undefined> => {
    for (const name of ['psql', 'jq', 'curl']) {
      if (block.includes(`${name} `) && !(await succeeds(name))) return name;
    }
    return undefined;
  };

  test('are there to be run, all of them but those with a reason', () => {
    expect(blocks.length).toBeGreaterThan(14);
    expect([...page.matchAll(/^```(\w+)$/gm)].map(([, language]) => language)).toEqual(blocks.map(() => 'sh'));
    expect(page.match(NOT_RUN)).toHaveLength(2);
  });

  test('the start lines of a service with two workers are those of the page', async () => {
    const [, lines = ''] = /```\n(📦 ✅[\s\S]*?)```/.exec(section('Step 5: Verify Event Queue Initialized')) ?? [];
    expect(lines).toContain('Workers: 2');
    const { output } = await ops('npm run ops -- game-events logs app');
    expect(output.replaceAll('app      | ', '')).toContain(lines);
  });

  test.each(blocks)('%s: %#', async (_, block) => {
    const commands = block.replaceAll(NOT_RUN, '');
    const lacks = await missing(commands);
    if (lacks !== undefined) return console.warn(`not run, for want of ${lacks}`);
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-euo', 'pipefail', '-c', commands], {
      cwd: root,
      env: { ...process.env, ...environment },
    });
    for (const [, wanted = ''] of block.matchAll(/^# → (.*)$/gm)) expect(stdout.split('\n')).toContain(wanted);
  });

  test('have left a service that is well', async () => {
    const { well, workers } = JSON.parse((await ops('npm run ops -- game-events status --json')).output) as OpsStatus;
    expect({ well, workers: workers.length }).toEqual({ well: true, workers: 4 });
  });
});

/** A line that the test leaves out, and why. */
const NOT_RUN = /^.* # not run: \S.{10,}$/gm;

const succeeds = (name: string): Promise<boolean> =>
  promisify(execFile)(name, ['--version']).then(
    () => true,
    () => false,
  );

test('the README names every variable that the host reads', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const names = Object.values({ ...COMMON, ...AUTH, ...SETTINGS }).map(({ name }) => name);
  expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});
