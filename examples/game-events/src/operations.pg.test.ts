import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { accessToken, type Started, startHost } from '@scorekeep/example-contract/start-host';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { parseCommand } from '../../ops/src/options.ts';

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
  ['Step 1: Install Dependencies', 'cd railway-backend && npm install', '`npm install`'],
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
  let app: Started;
  let url: string;
  let token: string;
  beforeAll(async () => {
    ({ url } = await testDatabase());
    app = await startHost(new URL('./main.ts', import.meta.url), {
      DATABASE_URL: url,
      OTP_DELIVERY: 'response',
      ADMIN_PHONES: `${ADMIN_PHONE},${OTHER_PHONE}`,
    });
    token = await accessToken(app.url, OTHER_PHONE);
  });
  afterAll(() => app?.end('SIGTERM'));

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

  test('are there to be run', () => expect(blocks.length).toBeGreaterThan(10));

  test.each(blocks)('%s: %#', async (_, block) => {
    const lacks = await missing(block);
    if (lacks !== undefined) return console.warn(`not run, for want of ${lacks}`);
    const environment = { ...process.env, URL: app.url, DATABASE_URL: url, ADMIN_PHONE, TOKEN: token };
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', block], {
      cwd: root,
      env: environment,
    });
    for (const [, wanted = ''] of block.matchAll(/^# → (.*)$/gm)) expect(stdout.split('\n')).toContain(wanted);
  });

  test('start lines are those of the page', () => {
    expect(app.output()).toContain(
      '📦 ✅ Event Queue initialized (Postgres)\n📦    Workers: 1, Capacity: ~100 events/second\n',
    );
  });
});

const succeeds = (name: string): Promise<boolean> =>
  promisify(execFile)(name, ['--version']).then(
    () => true,
    () => false,
  );
