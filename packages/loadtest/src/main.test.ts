import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { parse } from 'yaml';
import { main } from './main.ts';
import { BASELINE, BUDGETS, GOOD, measurements } from './testing/example.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'scorekeep-loadtest-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a command on files of the folder; arguments that end like one are taken for one. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const printed = { stdout: '', stderr: '' };
  const status = await main(
    args.map((argument) => (/^[a-z]+\.(json|xml|md)$/.test(argument) ? path.join(folder, argument) : argument)),
    {
      out: (text) => {
        printed.stdout += text.replaceAll(`${folder}/`, '');
      },
      err: (text) => {
        printed.stderr += text.replaceAll(`${folder}/`, '');
      },
      env,
    },
  );
  return { status, ...printed };
}
const put = (name: string, value: unknown): void =>
  writeFileSync(path.join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
const got = (name: string): string => readFileSync(path.join(folder, name), 'utf8').replaceAll(`${folder}/`, '');

beforeEach(async () => {
  put('budgets.json', BUDGETS);
  put('baseline.json', BASELINE);
  put('measurements.json', measurements());
});
const GATE = ['gate', '-m', 'measurements.json', '-b', 'budgets.json', '--baseline', 'baseline.json'];

describe('the help', () => {
  test('names every command that there is, and every exit code', async () => {
    const { status, stdout } = await run(['--help']);
    expect(status).toBe(0);
    expect([...stdout.matchAll(/^ {2}([a-z-]+) \[options\]/gm)].map((match) => match[1])).toEqual([
      'doctor',
      'list',
      'run',
      'suite',
      'gate',
      'find-knee',
      'plan',
      'report',
    ]);
    expect(stdout).toMatch(/^ {2}init \[folder\]/m);
    for (const code of [0, 1, 2, 3, 4, 5]) expect(stdout).toMatch(new RegExp(`^ {2}${code} {2}\\w`, 'm'));
  });

  test.each(['doctor', 'list', 'run', 'suite', 'gate', 'find-knee', 'plan', 'report', 'init'])(
    'of %s is printed and no more is done',
    async (command) => {
      const { status, stdout } = await run([command, '--help']);
      expect(status).toBe(0);
      expect(stdout).toContain(`Usage: scorekeep-loadtest ${command}`);
    },
  );
});

describe('wrong use is exit code 2, with a word on stderr and nothing on stdout', () => {
  test.each([
    [['nightly'], /unknown command 'nightly'/],
    [['gate'], /Cannot read budgets.json: ENOENT/],
    [['gate', '-b', 'budgets.json'], /--against <npm version/],
    [['run', 'prediction-50k'], /There is no scenario "prediction-50k".*Did you mean "predictions-50k"/],
    [['run', 'events-100', '--param', 'worker=3'], /has no parameter "worker"/],
    [['run', 'events-100', '--scale', '2'], /at most 1, got 2/],
    [[...GATE, '--profil', 'pr'], /unknown option '--profil'/],
    [[...GATE, '--profile', 'prr'], /There is no profile "prr". Did you mean "pr"\?/],
    [['gate', '-m', 'nowhere.json', '-b', 'budgets.json'], /Cannot read nowhere.json: ENOENT/],
    [['gate', '-m', 'budgets.json', '-b', 'budgets.json'], /budgets.json:1: takenAt: is missing/],
    [['plan', '--measure', '--items', '5e6', '--within', '4h', '--repeats', '2'], /3 measurements of each of 5/],
    [['plan', '--items', '5e6', '--within', '4h', '--measure-workers', '1,two'], /whole number from 1/],
    [['plan', 'measurements.json', '--items', '5e6'], /--within <duration>' not specified/],
    [['plan', 'measurements.json', '--items', 'many', '--within', '4h'], /must be a number above 0/],
    [['plan', 'measurements.json', '--items', '5e6', '--within', '4'], /must be a duration such as 90s, 30min or 4h/],
    [['report', 'budgets.json'], /budgets.json:\d+: /],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await run(args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  });

  test('no command at all, which prints the help', async () => {
    const { status, stderr } = await run([]);
    expect(status).toBe(2);
    expect(stderr).toContain('Usage: scorekeep-loadtest');
  });
});

describe('gate', { timeout: 60_000 }, () => {
  test('passes what keeps its budgets', async () => {
    expect(await run(GATE)).toEqual({
      status: 0,
      stdout: 'pass  predictions-50k  10 of 10 checks kept\npass  profile pr\n',
      stderr: '',
    });
  });

  test.each([
    ['a missed budget', 1, { ...GOOD, windows: { ...GOOD.windows, 'drain.seconds': [2000] } }],
    ['a lost row', 4, { ...GOOD, invariants: { ...GOOD.invariants, 'rows.lost': 1 } }],
    ['a metric that was not measured', 1, { ...GOOD, windows: {} }],
  ])('%s is exit code %i', async (_, code, scenario) => {
    put('measurements.json', measurements(scenario));
    expect((await run(GATE)).status).toBe(code);
  });

  test('what is inconclusive warns for a pull request and fails at night', async () => {
    put('measurements.json', measurements({ ...GOOD, disturbed: ['the generator lagged 40 ms'] }));
    expect([(await run(GATE)).status, (await run([...GATE, '-p', 'nightly'])).status]).toEqual([0, 3]);
  });

  test('a first run has no baseline, says so, and writes one when it is told to', async () => {
    rmSync(path.join(folder, 'baseline.json'));
    const first = await run(GATE);
    expect(first.stdout).toContain('there is no baseline yet: --update-baseline writes one.');
    const written = await run([...GATE, '--update-baseline']);
    expect(written).toMatchObject({
      status: 0,
      stderr: 'baseline.json is written from these measurements; commit it.\n',
    });
    expect(JSON.parse(got('baseline.json'))).toEqual(BASELINE);
    expect((await run(GATE)).stdout).toContain('pass  profile pr');
  });

  test('prints only JSON when it is asked for JSON, and writes the same', async () => {
    const { stdout } = await run([...GATE, '--json', '-o', 'result.json']);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, verdict: 'pass', exitCode: 0 });
    expect(got('result.json')).toBe(stdout);
  });

  test('tests itself', { timeout: 60_000 }, async () => {
    const { status, stdout } = await run(['gate', '--self-test', 'synthetic', '--decisions', '5']);
    expect([0, 1]).toContain(status);
    expect(stdout.match(/^(ok|NOT OK) .* of 5,/gm)).toHaveLength(6);
    expect(stdout).toContain('this tests the deciding, not the measuring');
  });
});

describe('report', () => {
  beforeEach(async () => {
    put('measurements.json', measurements({ ...GOOD, windows: { ...GOOD.windows, 'drain.seconds': [2000] } }));
    await run([...GATE, '-o', 'result.json']);
  });

  test('writes what is asked for, and does not judge again', async () => {
    const { status, stdout } = await run([
      'report',
      'result.json',
      '--junit',
      'junit.xml',
      '--summary',
      'summary.md',
      '--annotations',
    ]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^::error file=budgets.json,line=13,/);
    expect(got('junit.xml')).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites /);
    expect(got('summary.md')).toMatch(/^## Load test, profile pr: ❌ fail\n/);
    expect((await run(['report', 'result.json'])).stdout).toContain('fail  profile pr');
  });

  test("appends to GitHub's summary, and is exit code 5 where there is none", async () => {
    put('step.md', 'before\n');
    const summary = { GITHUB_STEP_SUMMARY: path.join(folder, 'step.md') };
    expect(await run(['report', 'result.json', '--summary'], summary)).toMatchObject({ status: 0 });
    expect(got('step.md')).toMatch(/^before\n## Load test/);
    expect(await run(['report', 'result.json', '--summary'])).toMatchObject({ status: 5, stdout: '' });
  });
});

describe('plan', { timeout: 60_000 }, () => {
  const samples = [1, 2, 4, 6, 8].flatMap((workers) => [1, 2, 3].map(() => ({ workers, perSecond: 100 * workers })));
  beforeEach(() => put('throughput.json', { version: 1, samples }));

  test('says how many workers, and what the guides ask for', async () => {
    const { status, stdout } = await run(['plan', 'throughput.json', '--items', '5e6', '--within', '4h']);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^5 workers: 500 a second \[500 to 500\], 347.2 are needed.\n\nitems +3 workers +5 workers +10 workers\n50,000 /,
    );
  });

  test('exits 3 when nothing that was measured is enough', async () => {
    const { status, stdout } = await run(['plan', 'throughput.json', '--items', '5e6', '--within', '30min']);
    expect(status).toBe(3);
    expect(stdout).toMatch(
      /^No number of workers up to 16, twice what was measured, is known to do 2,778 a second; 16 do 1,600/,
    );
  });

  test('says what connections and cores have room for, and exits 3 when that is too few', async () => {
    const caps = ['--max-connections', '40', '--pool-size', '5', '--cores', '2', '--cpu-ms', '3.9'];
    const planned = await run(['plan', 'throughput.json', '--items', '5e6', '--within', '4h', ...caps]);
    expect(planned.stdout).toContain('The cores have room for 5 workers.\nThe connections have room for 6 workers.\n');
    expect(planned.status).toBe(0);
    const few = await run(['plan', 'throughput.json', '--items', '5e6', '--within', '4h', ...caps.with(5, '1')]);
    expect(few.stdout).toContain('The cores have room for 2 workers.');
    expect(few.status).toBe(3);
  });

  test('prints what to set, for a shell and for compose, and how many jobs at once a handler needs', async () => {
    const batches = [8, 16, 32, 64].map((size) => ({ items: size, ms: 8 + 0.125 * size })); // 19 × 8 / 0.125 = 1216
    put('throughput.json', { version: 1, samples, batches, cpuMsPerItem: 0.9 });
    const asked = ['plan', 'throughput.json', '--items', '5e6', '--within', '4h'];
    const { stdout } = await run([...asked, '--format', 'env']);
    expect(stdout).toBe('WORKER_REPLICAS=5\nWORKERS=1\nDATABASE_POOL_SIZE=6\nBATCH_SIZE=1216\n');
    const handled = await run([...asked, '--handler-ms', '60', '--concurrency', '10']);
    expect(handled.stdout).toContain(
      'Workers by the jobs that each has in hand at once (--concurrency): 1: more than is known, 2: more than is known, 5: 10, 10: 7, 20: 6, 50: 5, 100: 5.\n',
    );
    expect(parse(handled.stdout.slice(handled.stdout.indexOf('services:')))).toEqual({
      services: {
        worker: {
          deploy: { replicas: 7 },
          environment: { WORKERS: 1, JOB_WORKERS: 10, DATABASE_POOL_SIZE: 13 },
        },
      },
    });
    expect((await run([...asked, '--cores', '1'])).stdout).toContain('The cores have room for 11 workers.');
  });

  test('refuses to draw a curve through too little', async () => {
    put('throughput.json', { version: 1, samples: samples.slice(0, 9) });
    const { status, stderr } = await run(['plan', 'throughput.json', '--items', '5e6', '--within', '4h']);
    expect(status).toBe(2);
    expect(stderr).toContain('needs 3 samples of each of 5 numbers of workers, got 3 of 1, 3 of 2, 3 of 4');
  });

  test('prints JSON', async () => {
    const { stdout } = await run([
      'plan',
      'throughput.json',
      '--items',
      '5e6',
      '--within',
      '4h',
      '--handler-ms',
      '60',
      '--json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      plan: { ok: false, neededPerSecond: expect.closeTo(347.22, 2) },
      measuredUpTo: 8,
    });
  });
});

describe('init', () => {
  test('where a folder cannot be made it ended with a stack and half of its files: it begins nothing and says so', async () => {
    put('taken', '');
    mkdirSync(path.join(folder, 'host'));
    put('host/.github', '');
    for (const where of ['taken', 'host']) {
      const { status, stdout, stderr } = await run(['init', path.join(folder, where)]);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^error: Cannot write (taken|host\/.github\/workflows): E/);
    }
    expect(readdirSync(path.join(folder, 'host'))).toEqual(['.github']);
  });
});

describe('doctor', () => {
  test('where no Postgres can be started it ended with a stack: it says so among what it found, exit code 5', async () => {
    vi.stubEnv('TMPDIR', path.join(folder, 'nowhere'));
    const { status, stdout } = await run(['doctor', '--json'], { DATABASE_URL: ' ' });
    vi.unstubAllEnvs();
    expect(status).toBe(5);
    expect(JSON.parse(stdout)).toContainEqual({
      what: 'Postgres',
      ok: false,
      found: expect.stringMatching(/^There is no Postgres: .*ENOENT/),
    });
  });
});

test('the command itself ends with the exit code', { timeout: 60_000 }, () => {
  const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const node = (...args: string[]) =>
    spawnSync(process.execPath, ['--conditions=@scorekeep/source', cli, ...args], options);
  put('measurements.json', measurements({ ...GOOD, invariants: { ...GOOD.invariants, 'rows.lost': 1 } }));
  expect(node('gate', '-m', 'measurements.json')).toMatchObject({ status: 4, stderr: '' });
  expect(node('gate', '-m', 'nowhere.json')).toMatchObject({ status: 2, stdout: '' });
});
