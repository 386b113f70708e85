import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { testDatabase } from '../../../tooling/test-database.ts';
import { openDatabase } from './database/open-database.ts';
import { fillContest } from './drain/contest.ts';
import { scoreOnce, startScorer } from './drain/scorer.ts';
import type { Baseline } from './gate/measurements.ts';
import { OWN_ROOT } from './scenarios/run-scenarios.ts';
import { expendable } from './testing/expendable.ts';
import { runMain } from './testing/run-main.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'scorekeep-gate-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string): string => path.join(folder, name);

/** A ceiling for what hangs: some thirty processes start and end. */
const LONG = { timeout: 900_000 };

/** Ten times the CPU is allowed, so that nothing hangs on what else this machine does. */
const BUDGETS = {
  version: 1,
  profiles: { pr: { include: ['cost-matches'] } },
  scenarios: {
    'cost-matches': {
      params: { items: 1500, repeats: 1 },
      requireSamples: 1500,
      counters: [
        { metric: 'pg.statements_per_1k', maxIncrease: '2%' },
        { metric: 'pg.wal_bytes_per_1k', maxIncrease: '20%' },
      ],
      relative: [{ metric: 'cpu.ms_per_1k', maxIncrease: '900%', rounds: [4, 4] }],
    },
  },
};

test('gate measures, writes its first baseline, compares builds side by side, and finds what grew', LONG, async () => {
  writeFileSync(file('budgets.json'), JSON.stringify(BUDGETS));
  const gate = (...others: readonly string[]) =>
    runMain('gate', '-b', file('budgets.json'), '--baseline', file('baseline.json'), ...others);

  const first = await gate('--no-against');
  expect(first.status).toBe(0);
  expect(first.stderr).toContain('There was no baseline. ');
  expect(first.stderr).toContain('Left out, as --no-against says: the relative budgets of cost-matches.');

  const second = await gate('--against', OWN_ROOT, '--out', file('result.json'));
  expect([second.status, second.stdout]).toEqual([
    0,
    expect.stringContaining('pass  cost-matches  8 of 8 checks kept'),
  ]);
  expect(JSON.parse(readFileSync(file('result.json'), 'utf8')).environment.against).toBe(OWN_ROOT);

  const baseline = JSON.parse(readFileSync(file('baseline.json'), 'utf8')) as Baseline;
  const before = baseline.counters['cost-matches']?.['pg.statements_per_1k'] ?? 0;
  const less = {
    ...baseline,
    counters: { 'cost-matches': { 'pg.statements_per_1k': before * 0.9, 'pg.wal_bytes_per_1k': 1e9 } },
  };
  writeFileSync(file('baseline.json'), JSON.stringify(less));
  const third = await gate('--no-against');
  expect(third.status).toBe(1);
  expect(third.stdout).toMatch(/fail {2}counters pg.statements_per_1k: .*\+11\.1 %/);
});

test('a statement more for each step is counted to the statement', LONG, async () => {
  await using database = await openDatabase(undefined);
  await fillContest(database.pool, 'matches', 3000);
  const work = { contest: 'matches', items: 3000, backend: 'sql', batchSize: 500, root: OWN_ROOT } as const;
  const statements = async (planted: number): Promise<number> => {
    const plant = { cpuMicroseconds: 0, statements: planted };
    const { counters, lost } = await scoreOnce(database, { ...work, plant });
    expect(lost).toBe(0);
    return ((counters['pg.statements_per_1k'] ?? 0) * 3000) / 1000;
  };
  const [plain, planted] = [await statements(0), await statements(1)];
  expect(plain).toBeGreaterThan(10);
  expect(Math.round(planted - plain)).toBeGreaterThanOrEqual(6); // one for each of six steps
});

test('a few items, scored in less than the 10 ms that /proc counts in, have their CPU time too: it was called missing', async () => {
  const { url } = await testDatabase();
  await expendable(url);
  await using database = await openDatabase(url);
  await fillContest(database.pool, 'matches', 20);
  const work = { contest: 'matches', items: 20, backend: 'sql', batchSize: 500, root: OWN_ROOT } as const;
  await using scorer = await startScorer(database, work);
  for (let i = 0; i < 5; i++) expect((await scorer.score()).cpuMsPer1k).toBeGreaterThan(0);
});
