import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const folder = mkdtempSync(path.join(tmpdir(), 'odds-analysis-'));
const quotes = path.join(folder, 'quotes.csv');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@scorekeep/source', path.join(import.meta.dirname, 'cli.ts'), ...args],
    { encoding: 'utf8', input },
  );
  return { status, stdout, stderr };
}

const file = (...lines: readonly string[]): string => `market,outcome,book,odds,at,won\n${lines.join('\n')}\n`;
const sharp = ['m1,home,sharp,2.00,2026-06-11T18:00:00Z,1', 'm1,away,sharp,1.90,2026-06-11T18:00:00Z,0'];

beforeAll(() => writeFileSync(quotes, run(['sample', '--matches', '50', '--seed', '7']).stdout));

test('finds opportunities in the sample, best first, and none at the sharp book', () => {
  const { status, stdout, stderr } = run([
    'opportunities',
    quotes,
    '--anchor',
    'sharp',
    '--commission',
    'exchange=0.02',
    '--json',
  ]);
  expect([status, stderr]).toEqual([0, '']);
  const { opportunities, compared } = JSON.parse(stdout) as {
    opportunities: { book: string; expectedValue: { min: number } }[];
    compared: number;
  };
  expect(compared).toBe(50 * 3 * 3);
  expect(opportunities.length).toBeGreaterThan(0);
  expect(opportunities.some(({ book }) => book === 'sharp')).toBe(false);
  const values = opportunities.map(({ expectedValue }) => expectedValue.min);
  expect(values).toEqual(values.toSorted((a, b) => b - a));
});

test('prints calibration per book, method and type of market', () => {
  const { status, stdout } = run(['calibration', quotes, '--by', 'book,type', '--method', 'power', '--json']);
  expect(status).toBe(0);
  const report = JSON.parse(stdout) as Record<string, { count: number; logLoss: number }>;
  expect(Object.keys(report)).toEqual(['sharp 1x2', 'exchange 1x2', 'highstreet 1x2', 'newcomer 1x2']);
  for (const { count, logLoss } of Object.values(report)) {
    expect(count).toBe(50);
    expect(logLoss).toBeLessThan(Math.log(3));
  }
});

test('the same seed gives the same file, another seed another', () => {
  const of = (seed: string) => run(['sample', '--matches', '5', '--seed', seed]).stdout;
  expect(of('3')).toBe(of('3'));
  expect(of('3')).not.toBe(of('4'));
});

test('reads standard input and American odds', () => {
  const text =
    'market,outcome,book,odds,at\nm1,home,sharp,+100,1781200000000\nm1,away,sharp,-110,1781200000000\nm1,home,soft,+150,1781200000000\n';
  const { status, stdout } = run(['opportunities', '-', '--anchor', 'sharp', '--format', 'american'], text);
  expect(status).toBe(0);
  expect(stdout).toContain('m1 home  soft  2.50');
});

test('names each bad line with its value, uses the others and exits with 1', () => {
  const bad = [
    'm1,home,soft,0.95,2026-06-11T18:00:00Z,',
    'm1,home,soft,2.5,yesterday,',
    ',home,soft,2.5,2026-06-11T18:00:00Z,',
    'm1,home,soft,2.5,2026-06-11T18:00:00Z,maybe',
  ];
  const text = file(...bad, ...sharp, 'm1,home,soft,2.5,2026-06-11T18:00:00Z,1');
  const { status, stdout, stderr } = run(['opportunities', '-', '--anchor', 'sharp'], text);
  expect(status).toBe(1);
  expect(stderr.trim().split('\n')).toEqual([
    '-:2: Odds must pay more than the stake (decimal greater than 1), got 0.95 for "home" of "m1" at soft',
    '-:3: The column at must be a time with its offset, such as 2026-06-11T19:00:00Z, got "yesterday"',
    '-:4: The column market is empty',
    '-:5: The column won must be 1, 0 or empty, got "maybe"',
  ]);
  expect(stdout).toContain('1 prices compared, 1 above the fair one');
});

test('a time without an offset was another moment on each machine: the line is refused', () => {
  const { status, stderr } = run(
    ['opportunities', '-', '--anchor', 'sharp'],
    file(...sharp, 'm1,home,soft,2.5,2026-06-11T18:00:00,'),
  );
  expect(status).toBe(1);
  expect(stderr).toContain('-:4: The column at must be a time with its offset');
});

test('refuses a market without one winner for calibration', () => {
  const { status, stderr } = run(['calibration', '-'], file(...sharp.map((line) => line.replace(/0$/, '1'))));
  expect(status).toBe(1);
  expect(stderr).toBe(
    '-:2: Market "m1" at sharp needs every outcome and one winner; it has 2 outcomes that imply 1.026, and 2 winners\n',
  );
});

test.each([
  [['opportunities', path.join(folder, 'none.csv'), '--anchor', 'sharp'], 'none.csv cannot be read: ENOENT'],
  [['opportunities', '-'], "required option '-a, --anchor <book...>' not specified"],
  [['opportunities', '-', '--anchor', 'sharp'], '- has no column market, outcome, book, odds, at'],
  [['opportunities', quotes, '--anchor', 'sharp', '--commission', 'exchange=2'], 'It must look like exchange=0.02.'],
  [['opportunities', quotes, '--anchor', 'sharp', '--format', 'roman'], 'Allowed choices are decimal, american'],
  [['calibration', quotes, '--by', 'weather'], 'It must be any of book, method, type.'],
  [['calibrate', quotes], "unknown command 'calibrate'"],
])('%j exits with 2 and says why', (args, message) => {
  const { status, stderr } = run(args, 'a,b\n1,2\n');
  expect(stderr).toContain(message);
  expect(status).toBe(2);
});

test('--help names the columns and the exit codes', () => {
  const { status, stdout } = run(['--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('Exit codes: 0 all lines used');
});
