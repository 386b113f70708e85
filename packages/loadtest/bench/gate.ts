/**
 * `npm run bench -- gate`: how often the gate is wrong, over real measurements of this very build against itself: false alarms
 * with nothing planted, finds with 25 % more CPU, on a machine as it is and with both cores hogged. It takes hours, so each
 * decision is kept in `.scorekeep/gate-decisions-<items>.jsonl`, and a run that was broken off goes on from there. GATE_DECISIONS says
 * how many with nothing planted, 150 unless given, and a third of that with more CPU; GATE_ITEMS how many items a round has, 10,000 unless given.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Bench, type BenchRow, spread } from '../../../tooling/measure.ts';
import { measuredSelfTest } from '../src/against/self-test-measured.ts';
import { openDatabase } from '../src/database/open-database.ts';

const CONDITIONS = ['quiet', 'hogged'] as const;
const PLANTED = ['nothing', '25 % more CPU'] as const;

/** Decisions upon one filling of the tables; they are kept together. */
const AT_ONCE = 5;

/** Where the cores are hogged anyway, gates hog them for each other, each with a Postgres of its own. */
const HOGGED_AT_ONCE = 3;

interface Kept {
  readonly condition: (typeof CONDITIONS)[number];
  readonly planted: (typeof PLANTED)[number];
  readonly verdict: string;
  readonly rounds: number;
}

const bench: Bench = async ({ quick, progress }) => {
  const decisions = quick ? 1 : Number(process.env['GATE_DECISIONS'] ?? 150);
  const items = quick ? 2_000 : Number(process.env['GATE_ITEMS'] ?? 10_000);
  const file = path.resolve('.scorekeep', `gate-decisions-${items}.jsonl`);
  const kept: Kept[] = [];
  if (!quick) {
    mkdirSync(path.dirname(file), { recursive: true });
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    for (const line of text.split('\n')) if (line !== '') kept.push(JSON.parse(line) as Kept);
  }
  const root = path.resolve(import.meta.dirname, '..');
  let server = '';
  const decide = async (condition: Kept['condition']): Promise<void> => {
    await using database = await openDatabase(undefined);
    server = database.server;
    for (const planted of PLANTED) {
      const wanted = planted === 'nothing' ? decisions : Math.ceil(decisions / 3);
      const count = (): number => kept.filter((one) => one.condition === condition && one.planted === planted).length;
      while (count() < wanted) {
        const made = await measuredSelfTest({
          database,
          root,
          items,
          rounds: quick ? [4, 4] : [8, 24],
          planted: Array.from({ length: Math.min(AT_ONCE, wanted - count()) }, () => planted),
          progress: (line) => progress(`${condition}, ${count()} of ${wanted} decisions: ${line}`),
        });
        for (const { verdict, rounds } of made) {
          const one: Kept = { condition, planted, verdict, rounds };
          kept.push(one);
          if (!quick) appendFileSync(file, `${JSON.stringify(one)}\n`);
        }
      }
    }
  };
  await decide('quiet');
  const hogs = [hog(), hog()];
  try {
    await Promise.all(Array.from({ length: quick ? 1 : HOGGED_AT_ONCE }, () => decide('hogged')));
  } finally {
    for (const one of hogs) one.kill('SIGKILL');
  }
  return {
    bench: 'gate',
    environment: {
      server,
      items,
      budget: '10 %, 8 to 24 rounds',
      hogged: `by 2 loops, ${HOGGED_AT_ONCE} gates at once`,
    },
    rows: rowsOf(kept),
    ratios: {},
  };
};
export default bench;

/** A process that wants a core for itself, and ends with this one. */
const hog = (): ChildProcess =>
  spawn(
    process.execPath,
    [
      '-e',
      'setInterval(() => process.ppid === 1 && process.exit(), 0); setInterval(() => { const until = Date.now() + 50; while (Date.now() < until); }, 0)',
    ],
    { stdio: 'ignore' },
  );

function rowsOf(kept: readonly Kept[]): BenchRow[] {
  return CONDITIONS.flatMap((condition) =>
    PLANTED.flatMap((planted): BenchRow[] => {
      const own = kept.filter((one) => one.condition === condition && one.planted === planted);
      const share = (verdict: string): number[] => own.map((one) => (one.verdict === verdict ? 100 : 0));
      const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
      const row = (what: string, value: number): BenchRow => ({
        case: `${condition}, planted ${planted}: ${what}`,
        median: value,
        min: value,
        max: value,
        unit: '%',
        n: own.length,
      });
      if (own.length === 0) return [];
      return [
        row('failed', mean(share('fail'))),
        row('inconclusive', mean(share('inconclusive'))),
        {
          case: `${condition}, planted ${planted}: rounds`,
          ...spread(own.map(({ rounds }) => rounds)),
          unit: 'rounds',
        },
      ];
    }),
  );
}
