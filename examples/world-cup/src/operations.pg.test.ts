import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ask, type OpsStatus, opsIn } from '@scorekeep/example-contract';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCommand } from '../../ops/src/options.ts';
import { readMapping } from './testing/guide.ts';
import { ADMIN_PHONE, REAL_DRAW } from './testing/predict.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'world-cup-ops-'));
const { rows } = readMapping(readFileSync(new URL('../OPERATIONS.md', import.meta.url), 'utf8'));

const ops = opsIn(folder, { ADMIN_PHONES: ADMIN_PHONE, SEED_PREDICTIONS: '2000' });

const status = async (): Promise<OpsStatus> =>
  JSON.parse((await ops('npm run ops -- world-cup status --json')).output) as OpsStatus;

let token = '';

/** Does what a `curl` of the page does; `$TOKEN` is the one that an earlier command of the page got. */
async function curl(command: string): Promise<unknown> {
  const { app } = await status();
  const [, url = ''] = /http:\/\/localhost:3000(\S+?)(?:\s|$)/.exec(command) ?? [];
  const [, data] = /-d '([^']*)'/.exec(command) ?? [];
  const answer = await ask(`${app.url}${url}`, {
    method: /-X (\w+)/.exec(command)?.[1] ?? 'GET',
    token: command.includes('$TOKEN') ? token : undefined,
    body: data,
  });
  expect(answer.status, command).toBe(200);
  if (command.startsWith('TOKEN=')) token = String((answer.body as { accessToken: unknown }).accessToken);
  return answer.body;
}

async function query(statement: string): Promise<pg.QueryResult> {
  const client = new pg.Client((await ops('npm run -s ops -- world-cup url')).output.trim());
  await client.connect();
  try {
    return await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * The commands of the right column that can run here. Of those that differ in a number only the first runs, the others are
 * checked: two cores are too few for twenty workers, and a restart with another number tells nothing new.
 */
const commands = rows.flatMap(({ heading, here }) => {
  const [, command = ''] = /^`([^`]+)`/.exec(here) ?? [];
  const runs = /npm run (-s )?ops -- |curl |^SELECT /.test(command) && !command.startsWith('pg_dump');
  return runs ? [{ heading, command, shape: command.replace(/\b\d+\b/g, 'N') }] : [];
});

beforeAll(async () => {
  expect((await ops('npm run ops -- world-cup up --workers 1')).code).toBe(0);
  // Under each heading the commands follow each other; a token is there from the start.
  await curl(rows.find(({ here }) => here.startsWith('`TOKEN='))?.here.replaceAll('`', '') ?? '');
});
afterAll(async () => {
  await ops('npm run ops -- world-cup reset --yes');
  rmSync(folder, { recursive: true, force: true });
});

describe('the operations page', () => {
  test('every command of it runs', async () => {
    expect(commands.length).toBeGreaterThan(35);
    const seen = new Set<string>();
    for (const { heading, command, shape } of commands) {
      if (command.startsWith('TOKEN=')) continue; // Sent once in two minutes: before the first test.
      if (seen.has(shape) && /\d/.test(command) && command.includes(' ops -- ')) {
        const [, args = ''] = / ops -- (.*)$/.exec(command) ?? [];
        expect(parseCommand(args.split(' ')), command).toMatchObject({ kind: 'command' });
        continue;
      }
      seen.add(shape);
      if (command.startsWith('SELECT')) expect((await query(command)).rows, command).toBeDefined();
      else if (command.includes('curl')) await curl(command);
      else expect(await ops(command), `${heading}: ${command}`).toEqual({ code: 0, output: expect.any(String) });
      // Five that are restarted again and again would show nothing that one does not.
      if (command.includes('scale 5')) {
        expect((await status()).workers).toHaveLength(5);
        await ops('npm run ops -- world-cup scale 1');
      }
    }
  });

  test('the processing status has the guide’s four numbers, of the whole contest', async () => {
    await ops('npm run ops -- world-cup up --workers 1');
    expect(
      await curl(rows.find(({ here }) => here.includes('processing-status'))?.here.replaceAll('`', '') ?? ''),
    ).toMatchObject({
      total: 2_000,
      processed: 0,
      pending: 2_000,
      queueDepth: 0,
    });
  });

  test('in synchronous mode the request that records the draw scores, without any worker', async () => {
    await ops('ENABLE_ASYNC_PROCESSING=false npm run ops -- world-cup restart app');
    await ops('npm run ops -- world-cup scale 0');
    const { app, workers } = await status();
    expect(workers).toEqual([]);
    const post = (where: string, body?: object) =>
      ask(`${app.url}/prediction/admin/${where}`, { method: 'POST', token, body });
    expect((await post('close')).status).toBe(200);
    expect((await post('draw', { groups: REAL_DRAW })).status).toBe(200);
    const { body } = await ask(`${app.url}/prediction/admin/processing-status`, { token });
    expect(body).toMatchObject({ total: 2_000, processed: 2_000, pending: 0, queueDepth: 0 });
    const { rows: left } = await query(
      'SELECT COUNT(*)::int FROM predictions p LEFT JOIN results r ON r.prediction_id = p.id WHERE r.id IS NULL',
    );
    expect(left).toEqual([{ count: 0 }]);
    const { body: statistics } = await ask(`${app.url}/prediction/admin/statistics`, { token });
    expect(statistics).toMatchObject({
      predictions: 2_000,
      results: expect.arrayContaining([{ points: 20, entrants: expect.any(Number) }]),
    });
  });

  test('a worker that is killed is started again, and one that cannot start is told of', async () => {
    await ops('npm run ops -- world-cup scale 1');
    const [worker] = (await status()).workers;
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    let again: OpsStatus['workers'][number] | undefined;
    do [again] = (await status()).workers;
    while (again?.restarts !== 1 || again.state !== 'running');
    expect(again.pid).not.toBe(worker?.pid);
    expect(await ops('DATABASE_POOL_SIZE=none npm run ops -- world-cup restart worker')).toMatchObject({
      code: 1,
      output: expect.stringContaining('The worker of world-cup did not start'),
    });
    expect((await ops('npm run -s ops -- world-cup logs worker --lines 5')).output).toContain(
      'DATABASE_POOL_SIZE must be',
    );
    // The one that was to be replaced goes on.
    expect(await status()).toMatchObject({ well: true, workers: [{ pid: again.pid, state: 'running' }] });
  });

  test('what was stored is there after down and up, and gone after a reset', async () => {
    await ops('npm run ops -- world-cup down');
    expect((await ops('npm run ops -- world-cup status')).code).toBe(1);
    await ops('npm run ops -- world-cup up --workers 0');
    expect((await query('SELECT count(*)::int FROM results')).rows).toEqual([{ count: 2_000 }]);
    expect((await ops('npm run ops -- world-cup reset')).code).toBe(2);
    expect((await ops('npm run ops -- world-cup reset --yes')).code).toBe(0);
    expect((await ops('npm run ops -- world-cup url')).code).toBe(1);
  });
});
