import { type ChildProcess, execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, inject, test } from 'vitest';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const SMALL = ['--predictions', '2000'] as const;
const FLAWLESS = { lost: 0, double: 0, misScored: 0 } as const;

test('both contests end in all zeros with either back end, which reject the same for the same reasons', async () => {
  const reports = [];
  for (const [backend, workers] of [
    ['sql', 2],
    ['js', 3],
  ] as const) {
    const { code, stdout, stderr } = await demo([
      '--backend',
      backend,
      '--workers',
      String(workers),
      '--json',
      ...SMALL,
    ]);
    expect(stderr).toContain('None lost, none double, none mis-scored.');
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ predictions: 4000, workers, backend, ...FLAWLESS });
    expect(report.contests.draw).toMatchObject({ predictions: 2000, backend, ...FLAWLESS });
    expect(report.contests.kicktipp).toMatchObject({ predictions: 2000, backend, ...FLAWLESS });
    expect(report.rejected).toBe(report.contests.draw.rejected + report.contests.kicktipp.rejected);
    for (const figure of ['enqueueMs', 'drainMs', 'perSecond', 'rejected']) expect(report[figure]).toBeGreaterThan(0);
    expect(code).toBe(0);
    reports.push(report);
  }
  const [sql, js] = reports;
  expect(js.contests.draw.reasons).toEqual(sql.contests.draw.reasons);
  expect(js.contests.kicktipp.reasons).toEqual(sql.contests.kicktipp.reasons);
});

test('a wrong score that is planted turns the exit code to 1', async () => {
  const { code, stdout } = await demo(['--contest', 'draw', '--plant', '--json', ...SMALL]);
  expect(JSON.parse(stdout)).toMatchObject({ lost: 0, double: 0, misScored: 1 });
  expect(code).toBe(1);
});

test('a single prediction is enough', async () => {
  const { code, stdout } = await demo(['--predictions', '1', '--workers', '1', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ predictions: 2, ...FLAWLESS });
  expect(code).toBe(0);
});

test('people read the board, an explanation and the verdict', async () => {
  const { code, stdout, stderr } = await demo(['--predictions', '500', '--workers', '2']);
  expect(stderr).toBe('');
  for (const line of stdout.split('\n')) expect([...line].length).toBeLessThanOrEqual(80);
  expect(stdout).toMatch(/rank {2}entrant +points +exact/);
  expect(stdout).toMatch(/Why has .+ \d+ points\?\n {2}\S+/);
  expect(stdout).toMatch(/mis-scored +0\n/);
  expect(code).toBe(0);
});

test('what cannot be used ends with code 2 and one line that says what to do, without the password', async () => {
  const wrong = await demo(['--predictions', '0']);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr).toBe('--predictions must be a whole number from 1 to 10000000, got "0".\n');
  const closed = await demo(['--database-url', 'postgres://ann:hunter2@127.0.0.1:1/cup']);
  expect(closed.code).toBe(2);
  expect(closed.stderr).toContain('127.0.0.1:1, database "cup"');
  expect(closed.stderr.replace(/\s+/g, ' ')).toContain('start the server, or correct host and port in the URL');
  expect(closed.stdout + closed.stderr).not.toContain('hunter2');
});

test('with --otel a collector is told of every process, slice and item, and traces, metrics, events and health are shown', async () => {
  const { code, stdout } = await demo(['--otel', '--workers', '2', '--contest', 'draw', ...SMALL]);
  const told = stdout.slice(stdout.indexOf('What a collector was told')).replace(/\u00a0/g, '');
  expect(told).toMatch(/by +3 processes/);
  const [, linked, slices] = /(\d+) of (\d+) linked to what caused them/.exec(told) ?? [];
  expect(Number(slices)).toBeGreaterThan(0);
  expect(linked).toBe(slices);
  const [, scored, rejected] = /(\d+) scored, (\d+) rejected, 0 parked/.exec(told) ?? [];
  expect(Number(scored) + Number(rejected)).toBe(2000);
  expect(told).toMatch(/spans?: .*process\s+slices\/draw_points_v1/);
  expect(told).toMatch(/waited [\d.]+ m?s, processed [\d.]+ m?s, end to end [\d.]+ m?s/);
  expect(Number(/has (\d+) series/.exec(told)?.[1])).toBeGreaterThan(0);
  expect(told).toContain('run.finished 1');
  const [, correlation, trace] = /correlation id\s+([\w-]+) and trace id\s+(\w+)/.exec(told) ?? [];
  expect(correlation).toMatch(/^[\da-f-]{36}$/);
  expect(trace).toMatch(/^[\da-f]{32}$/);
  expect(told).toMatch(/health +(pass|warn): postgres:scorekeep\S* pass/);
  expect(code).toBe(0);
});

test('a worker that is killed costs nothing but time', async () => {
  const { code, stdout } = await whenFirstStageIsOver(
    ['--workers', '2', ...SMALL, '--contest', 'kicktipp'],
    (child) => {
      const [worker] = execFileSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' }).split('\n');
      process.kill(Number(worker), 'SIGKILL');
    },
  );
  expect(stdout).toMatch(/worker \d ended by SIGKILL; 1 left/);
  expect(stdout).toContain('None lost, none double, none mis-scored.');
  expect(code).toBe(0);
});

test('leaves nothing behind on the server, not even after Ctrl-C', async () => {
  const admin = new pg.Client(inject('postgres'));
  await admin.connect();
  const left = async (): Promise<unknown[]> =>
    (await admin.query(`select datname from pg_database where datname like 'scorekeep\\_demo\\_%'`)).rows;
  try {
    expect(await left()).toEqual([]);
    const { code } = await whenFirstStageIsOver(['--contest', 'kicktipp'], (child) => child.kill('SIGINT'));
    expect(code).toBe(130);
    expect(await left()).toEqual([]);
  } finally {
    await admin.end();
  }
});

/** Runs the demo, and does something to it once the first stage of the matches is scored. */
async function whenFirstStageIsOver(args: readonly string[], act: (child: ChildProcess) => void): Promise<Ended> {
  let acted = false;
  return demo(args, (child) => {
    child.stdout?.on('data', (text: string) => {
      if (acted || !text.includes('round 1')) return;
      acted = true;
      act(child);
    });
  });
}

/** The demo as its user runs it: a process of its own, on the test server. */
function demo(args: readonly string[], watch: (child: ChildProcess) => void = () => undefined): Promise<Ended> {
  const script = fileURLToPath(new URL('./demo.ts', import.meta.url));
  const env = { ...process.env, DATABASE_URL: inject('postgres'), NODE_OPTIONS: '', NO_COLOR: '1' };
  return new Promise((resolve) => {
    const command = ['--conditions=@scorekeep/source', script, ...args];
    const child = execFile(process.execPath, command, { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    watch(child);
  });
}
